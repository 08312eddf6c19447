/** The door in the preview and in tests: a program in memory. */
import type { Link, Platform } from '../platform';
import { FakeProgram } from './fake-program';
import { SCENES } from './fake-scenes';
import { catalogues, speak, spoken } from '../words/language.svelte';
import { pseudo } from './pseudo';

export interface Options {
  scene?: string | null;
  now?: () => number;
  language?: string | null;
}

export interface FakeHost extends Platform {
  /** The program behind it, for tests that turn its knobs. */
  program: FakeProgram;
  /** How long each answer takes. */
  delay: number;
  /** Lets the program stop, and come back after a while. */
  drop(ms: number): void;
}

const english = catalogues['en'];
if (english) catalogues['en-XA'] = async () => pseudo(await english());

const LINKS: Record<string, Link> = {
  connecting: 'connecting',
  off: 'off',
  mismatch: { mismatch: 'this Halo speaks version 2 of the local protocol, the other program speaks 1' },
};

/** A host of a scene. */
export function fakeHost({ scene = null, now = Date.now, language = null }: Options = {}): FakeHost {
  const program = new FakeProgram(now);
  program.system = language ?? 'en';
  const play = SCENES[scene ?? 'workday'] ?? SCENES['workday'];
  play?.(program, now());
  let timer: ReturnType<typeof setTimeout> | undefined;
  let tell: () => void = () => {};
  let link: Link = LINKS[scene ?? ''] ?? 'connected';
  let become: (next: Link) => void = (next) => (link = next);

  /** Sleeps until the next end, as the resident program does. */
  function arm(): void {
    clearTimeout(timer);
    const next = program.elapse();
    if (next !== null) timer = setTimeout(() => program.changed(), Math.min(next - now(), 2 ** 31 - 1));
  }
  program.changed = () => {
    arm();
    // It says its part in the language, too: those words have to be there first.
    if (spoken()?.tag === program.language) tell();
    else void speak(program.language).then(tell);
  };

  const host: FakeHost = {
    program,
    delay: 0,
    watch(onView, onState) {
      tell = () => link === 'connected' && onView(program.view());
      become = (next) => {
        link = next;
        onState(next);
        if (next === 'connected') program.changed();
      };
      queueMicrotask(() => become(link));
      return () => {
        clearTimeout(timer);
        tell = () => {};
      };
    },
    save(name, text) {
      program.saved = { name, text };
      return Promise.resolve(program.savesTo);
    },
    ask: (request) => {
      if (link !== 'connected') return Promise.reject('');
      if (host.delay === 0) return Promise.resolve(program.answer(request));
      return new Promise((done) => setTimeout(() => done(program.answer(request)), host.delay));
    },
    restart: () => {
      host.drop(700);
      return new Promise((done) => setTimeout(done, 700));
    },
    start: () => {
      host.drop(700);
      return new Promise((done) => setTimeout(done, 700));
    },
    zoom: (factor) => document.documentElement.style.setProperty('zoom', String(factor)),
    drop(ms) {
      become('connecting');
      setTimeout(() => become('connected'), ms);
    },
  };
  return host;
}

export function host(): Platform {
  const query = new URLSearchParams(location.search);
  const scene = query.get('scene');
  const theme = query.get('theme');
  if (theme) document.documentElement.style.colorScheme = theme;
  // Only the scene of that name begins as on the first day.
  if (scene !== 'first') localStorage.setItem('halo.met', 'yes');
  else localStorage.removeItem('halo.met');
  const fake = fakeHost({ scene, language: query.get('lang') });
  const { save } = fake;
  fake.save = (name, text) => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    return save(name, text);
  };
  // The browser's tests reach behind the door.
  return Object.assign(globalThis, { fake }).fake;
}
