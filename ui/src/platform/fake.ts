/** The door in the preview and in tests: a program in memory. */
import type { Link, Platform } from '../platform';
import { FakeProgram } from './fake-program';
import { SCENES } from './fake-scenes';
import { speak, spoken } from '../words/language.svelte';

export interface Options {
  scene?: string | null;
  now?: () => number;
  language?: string | null;
}

/** A host of a scene, and the program behind it for tests that turn its knobs. */
export function fakeHost({ scene = null, now = Date.now, language = null }: Options = {}): Platform & { program: FakeProgram } {
  const program = new FakeProgram(now);
  program.system = language ?? 'en';
  const play = SCENES[scene ?? 'workday'] ?? SCENES['workday'];
  play?.(program, now());
  let timer: ReturnType<typeof setTimeout> | undefined;
  let tell: () => void = () => {};

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

  return {
    program,
    watch(onView, onState) {
      const silent: Link | null = scene === 'connecting' ? 'connecting' : scene === 'mismatch' ? { mismatch: 'the window speaks version 1, Halo speaks version 2' } : null;
      tell = () => silent === null && onView(program.view());
      queueMicrotask(() => {
        onState(silent ?? 'connected');
        program.changed();
      });
      return () => {
        clearTimeout(timer);
        tell = () => {};
      };
    },
    ask: (request) => (scene === 'connecting' ? Promise.reject('') : Promise.resolve(program.answer(request))),
  };
}

export function host(): Platform {
  const query = new URLSearchParams(location.search);
  const scene = query.get('scene');
  const theme = query.get('theme');
  if (theme) document.documentElement.style.colorScheme = theme;
  // Only the scene of that name begins as on the first day.
  if (scene !== 'first') localStorage.setItem('halo.met', 'yes');
  else localStorage.removeItem('halo.met');
  return fakeHost({ scene, language: query.get('lang') });
}
