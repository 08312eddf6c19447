/**
 * A resident program in memory, for tests, the preview and `npm run dev`. It keeps the rules that a screen can see:
 * what a choice covers, ends, undo, held, snooze, pause, refusals in words. It is no second domain: the real rules are
 * the crate `presence`.
 */
import type { Saved } from '../platform';
import type { Activity } from '../protocol/Activity';
import type { HeldItem } from '../protocol/HeldItem';
import type { Intent } from '../protocol/Intent';
import type { Interval } from '../protocol/Interval';
import type { Lasts } from '../protocol/Lasts';
import type { Reply } from '../protocol/Reply';
import type { Request } from '../protocol/Request';
import type { Source } from '../protocol/Source';
import type { WindowView } from '../protocol/WindowView';
import type { Words } from '../protocol/Words';
import { t, type AnyKey, type Values } from '../words/t';
import { saidTime, startOfDay } from '../words/time';
import { FakeTeam } from './fake-team';
import { CHECKS, choices, labelOf, SETTINGS, STATUSES, type FakeStatus } from './fake-catalogue';

interface Choice {
  status: string;
  since: number;
  until: number | null;
}

export interface Effective {
  status: string;
  source: Source;
  since: number;
  until: number | null;
  returnsTo: string | null;
}

/** Here the whole catalogue is at hand, not only the window's part of it. */
const say = t as (key: AnyKey, values?: Values) => string;

const WHY: Partial<Record<Source, AnyKey>> = {
  default: 'why.default', manual: 'why.manual', idle: 'why.idle', lock: 'why.lock', sleep: 'why.sleep',
};

class Refusal extends Error {}

const said = (words: string) => ({ line: words, words });
const refusal = (words: string): Reply => ({ refused: said(words) });

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

export class FakeProgram {
  /** What the system speaks, and with it the program, unless the settings say otherwise. */
  system = 'en';
  statuses: FakeStatus[] = [...STATUSES];
  settings = SETTINGS.map((setting) => ({ ...setting }));
  checks = [...CHECKS];
  signedIn: number;
  standing: Choice | null = null;
  timed: Choice | null = null;
  desk: { source: Source; since: number } | null = null;
  /** A timed choice that ended by itself, which an undo brings back. */
  ended: Choice | null = null;
  message: { text: string; until: number | null } | null = null;
  recent: string[] = [];
  held: HeldItem[] = [];
  history: Interval[] = [];
  countdown: number | null = null;
  paused: { until: number | null } | null = null;
  snoozed: number | null = null;
  /** A status whose time is up and which stays all the same, as under a policy that only points it out. */
  overstays = false;
  activity: Activity = { on_call: false, interactions: 0 };
  /** What a link asks for, and the question. */
  proposal: { question: () => string; intent: Intent } | null = null;
  refuses: string | null = null;
  corrections: { from: string; to: string; status: string; reason: string; at: string }[] = [];
  /** What was saved last, and what is said of it. */
  saved: { name: string; text: string } | null = null;
  savesTo: Saved = { path: '/home/ada/Downloads/halo-history.csv' };
  changed: () => void = () => {};
  team: FakeTeam;
  #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
    this.team = new FakeTeam(now);
    this.signedIn = Math.max(startOfDay(now()), now() - 4 * 3_600_000);
  }

  effective(): Effective {
    const base = this.timed ?? this.standing;
    const under = this.timed ? (this.standing?.status ?? this.#default()) : null;
    const status = base?.status ?? this.#default();
    if (this.desk && status === 'available') {
      return { status: 'away', source: this.desk.source, since: this.desk.since, until: null, returnsTo: status };
    }
    if (base) return { status, source: 'manual', since: base.since, until: base.until, returnsTo: under };
    return { status, source: 'default', since: this.signedIn, until: null, returnsTo: null };
  }

  get language(): string {
    const own = this.#setting('language');
    return own === '' || own === 'system' ? this.system : own;
  }

  /** Lets every end that has come take effect; the next one that lies ahead. */
  elapse(): number | null {
    const now = this.#now();
    const due = (at: number | null | undefined): at is number => at !== null && at !== undefined && at <= now;
    if (due(this.timed?.until) && !this.overstays) this.#change(() => ((this.ended = this.timed), (this.timed = null)));
    if (due(this.message?.until)) this.message = null;
    if (due(this.snoozed)) this.snoozed = null;
    if (due(this.paused?.until)) this.paused = null;
    if (due(this.countdown)) {
      this.countdown = null;
      this.#change(() => (this.desk = { source: 'idle', since: now }));
    }
    const ends = [this.timed?.until, this.message?.until, this.snoozed, this.paused?.until, this.countdown];
    const ahead = ends.filter((at): at is number => typeof at === 'number' && at > now);
    return ahead.length > 0 ? Math.min(...ahead) : null;
  }

  view(): WindowView {
    const now = this.#now();
    const shown = this.effective();
    const status = this.#status(shown.status);
    const name = this.#setting('name');
    const byHand = shown.source === 'manual' || shown.source === 'default';
    const today = this.intervals().filter((one) => one.end === null || Date.parse(one.end) > startOfDay(now));
    return {
      language: this.language,
      person: name,
      initials: name.split(/\s+/).filter(Boolean).map((word) => [...word][0] ?? '').filter((_, n, all) => n === 0 || n === all.length - 1).join('').toUpperCase(),
      presence: {
        status: shown.status, label: shown.source === 'idle' ? say('truth.idle_status', { status: labelOf(status) }) : labelOf(status), glyph: status.glyph, color: status.color,
        since: iso(shown.since), until: isoOrNull(shown.until), source: shown.source, by_hand: byHand,
      },
      line: this.#truth(shown, now),
      undo: this.#undo(shown),
      back: shown.source === 'manual' ? say('tray.back_to', { status: this.#label(shown.returnsTo ?? this.#default()) }) : null,
      activity: this.activity,
      proposal: this.proposal?.question() ?? null,
      message: this.message && { text: this.message.text, until: isoOrNull(this.message.until) },
      recent_messages: this.recent,
      choices: choices(this.statuses, shown.status),
      today: today.map((one) => {
        const known = this.statuses.find((status) => status.id === one.status);
        const { glyph, color } = known ?? { glyph: 'unknown' as const, color: 'gray' as const };
        return { status: one.status, label: known ? labelOf(known) : say('truth.unknown'), glyph, color, source: one.source, corrected: one.correction !== undefined, start: one.start, end: one.end };
      }),
      held: this.held.map((item) => ({ item, line: heldLine(item) })),
      countdown: this.countdown === null ? null : { away_at: iso(this.countdown) },
      paused: this.paused && { until: isoOrNull(this.paused.until) },
      snoozed_until: isoOrNull(this.snoozed),
      ...this.team.view(),
    };
  }

  answer(request: Request): Reply {
    this.elapse();
    if (request === 'window') return { window: this.view() };
    if (request === 'held') return { held: this.held };
    if (request === 'doctor') return { doctor: this.checks };
    if (request === 'devices') return this.team.list();
    if (typeof request === 'string') return refusal('the preview does not answer that');
    if ('history' in request) return { history: this.#part(request.history) };
    if ('people' in request) return this.team.people(request.people.search);
    if ('settings' in request) return { settings: this.settings.map((setting) => ({ ...setting })) };
    try {
      if (this.refuses !== null) throw new Refusal(this.refuses);
      const reply = this.team.act(request.do);
      const done = reply ? null : this.#act(request.do);
      this.changed();
      return reply ?? { done: done === null ? null : said(done) };
    } catch (error) {
      if (error instanceof Refusal) return refusal(error.message);
      throw error;
    }
  }

  /** The history as corrected, of a range or of a page. Times are compared as they are written: all are in UTC. */
  #part({ since, until, limit }: { since: string | null; until: string | null; limit: number | null }): Interval[] {
    const covers = (one: Interval) => (one.end === null || since === null || one.end > since) && (until === null || one.start < until);
    const recorded = this.#recorded().filter(covers);
    return this.#corrected(limit === null ? recorded : recorded.slice(0, limit)).filter(covers);
  }

  /** The history as corrected, with the stretch that lasts. */
  intervals(): Interval[] {
    return this.#corrected(this.#recorded());
  }

  #corrected(intervals: Interval[]): Interval[] {
    if (this.corrections.length === 0) return intervals;
    return intervals.flatMap((one) => {
      const inside = (at: string) => at > one.start && (one.end === null || at < one.end);
      const cuts = [...new Set([one.start, ...this.corrections.flatMap(({ from, to }) => [from, to]).filter(inside)])].sort();
      const pieces: Interval[] = [];
      for (const [n, start] of cuts.entries()) {
        const end = cuts[n + 1] ?? one.end;
        const holds = this.corrections.findLast(({ from, to }) => from <= start && end !== null && to >= end);
        const last = pieces.at(-1);
        const correction = holds && { was: one.status, reason: holds.reason, at: holds.at };
        if (last && JSON.stringify(last.correction) === JSON.stringify(correction)) last.end = end;
        else pieces.push({ ...one, ...(holds && { status: holds.status, primary: this.#status(holds.status).primary }), ...(correction && { correction }), start, end });
      }
      return pieces;
    });
  }

  #recorded(): Interval[] {
    const { status, source, since } = this.effective();
    const last = this.history.at(-1);
    const start = last?.end ? Math.max(Date.parse(last.end), since) : since;
    return [...this.history, { status, primary: this.#status(status).primary, source, detail: null, start: iso(start), end: null, message: this.message?.text ?? null }];
  }

  #act(intent: Intent): string | null {
    const now = this.#now();
    if (intent === 'undo') return this.#takeBack();
    if (intent === 'back') {
      if (!this.timed && !this.standing) throw new Refusal('there is no choice to end: you are Available already, without having chosen it');
      this.#change(() => (this.timed ? (this.timed = null) : (this.standing = null)));
      if (!this.standing) this.signedIn = now;
    } else if (intent === 'stay') this.countdown = null;
    else if (intent === 'resume') this.paused = null;
    else if (intent === 'clear_held') this.held = [];
    else if (intent === 'delete_history') this.history = this.corrections = [];
    else if (typeof intent === 'string') return null;
    else if ('decide' in intent) {
      const asked = this.proposal?.intent;
      this.proposal = null;
      return intent.decide.accept && asked !== undefined ? this.#act(asked) : null;
    }
    else if ('forget_held' in intent) this.held = this.held.filter((one) => one.id !== intent.forget_held.id);
    else if ('set' in intent) this.#set(intent.set.status, intent.set.lasts, now);
    else if ('set_end' in intent) this.#setEnd(end(intent.set_end.lasts, now), now);
    else if ('message' in intent) this.#say(intent.message.text, end(intent.message.lasts, now));
    else if ('snooze' in intent) this.snoozed = end(intent.snooze.lasts, now);
    else if ('pause' in intent) {
      this.paused = { until: end(intent.pause.lasts, now) };
      this.countdown = null;
    } else if ('correct' in intent) this.#correct(intent.correct, now);
    else if ('configure' in intent) this.#configure(intent.configure.key, intent.configure.value);
    return null;
  }

  #set(id: string, lasts: Lasts | null, now: number): void {
    const status = this.statuses.find((status) => status.id === id && status.selectable);
    if (!status) throw new Refusal(`there is no status “${id}”. Known: ${this.statuses.map((status) => status.id).join(', ')}`);
    if (this.team.connection === 'reconnecting') {
      this.team.asked = id;
      return;
    }
    const until = end(lasts ?? (status.minutes === null ? null : { for: status.minutes * 60 }), now);
    this.#change(() => {
      const choice = { status: id, since: this.effective().status === id ? this.effective().since : now, until };
      this.desk = null;
      this.ended = null;
      this.countdown = null;
      this.timed = until === null ? null : choice;
      if (until === null) this.standing = choice;
    });
  }

  #setEnd(until: number | null, now: number): void {
    const shown = this.effective();
    if (this.desk && shown.status === 'away' && shown.source !== 'manual') throw new Refusal('the system set this status: choose one yourself to give it an end');
    const choice = { status: shown.status, since: shown.since, until };
    this.#change(() => {
      this.timed = until === null ? null : choice;
      if (until === null) this.standing = choice;
      else if (this.standing?.status === shown.status) this.standing = null;
    });
    void now;
  }

  #takeBack(): null {
    if (this.desk && this.effective().source === this.desk.source) this.#change(() => (this.desk = null));
    else if (this.ended) {
      const { status, since } = this.ended;
      this.#change(() => ((this.standing = { status, since, until: null }), (this.ended = null)));
    } else throw new Refusal('there is nothing to undo');
    return null;
  }

  #say(text: string | null, until: number | null): void {
    if (text === null) {
      this.message = null;
      return;
    }
    const line = text.replace(/\s+/g, ' ').trim();
    if (line === '') throw new Refusal('a message needs words. To clear it: halo message');
    if ([...line].length > 500) throw new Refusal(`a message has at most 500 characters, this one has ${[...line].length}: shorten it`);
    this.message = { text: line, until };
    this.recent = [line, ...this.recent.filter((one) => one !== line)].slice(0, 5);
  }

  #correct({ from, to, status, reason }: { from: string; to: string; status: string; reason: string }, now: number): void {
    if (!this.statuses.some((one) => one.id === status)) throw new Refusal(`there is no status “${status}”. Known: ${this.statuses.map((one) => one.id).join(', ')}`);
    if (!(from < to)) throw new Refusal('what is to be corrected ends before it begins: give a start that comes before the end');
    if (to > iso(now)) throw new Refusal('only what has been can be corrected: give an end that has passed, at the latest now');
    if (reason.trim() === '') throw new Refusal('a correction needs a reason: say in a few words why the record is wrong');
    this.corrections = [...this.corrections, { from, to, status, reason: reason.trim(), at: iso(now) }];
  }

  #configure(key: string, value: string): void {
    const setting = this.settings.find((setting) => setting.key === key);
    const bad = (must: string) => new Refusal(`“${value}” is no value for ${key}: it must be ${must}`);
    if (!setting) throw new Refusal(`there is no setting “${key}”. Known: ${this.settings.map((one) => one.key).join(', ')}`);
    if (key === 'idle.after') {
      const found = /^(\d+)([hms])$/.exec(value);
      const seconds = found ? Number(found[1]) * { h: 3600, m: 60, s: 1 }[found[2] as 'h' | 'm' | 's'] : 0;
      if (seconds < 10 || seconds > 14_400) throw bad('a duration from 10s to 4h, such as 10m');
    }
    if (key === 'history.keep' && !/^\d+ days?$|^for ever$/.test(value)) throw bad('a number of days, such as 90 days, or for ever');
    const one = setting.key === 'away.covers' ? value.split(',').filter(Boolean) : [value];
    const strange = one.find((part) => setting.allowed.length > 0 && !setting.allowed.includes(part));
    if (strange !== undefined) throw bad(`one of ${setting.allowed.join(', ')}`);
    if (key === 'shortcut' && value.trim() !== '' && !/^((Ctrl|Alt|Shift|Super)\+)+\S+$/.test(value.trim())) throw bad('a chord, such as Ctrl+Alt+H');
    setting.value = value.trim();
  }

  /** Does something to the claims and writes down what was shown until now. */
  #change(act: () => void): void {
    const lasting = this.#recorded().at(-1);
    const before = this.effective();
    act();
    const after = this.effective();
    const changed = before.status !== after.status || before.source !== after.source;
    if (!lasting || !changed) return;
    const close = Math.max(Date.parse(lasting.start), Math.min(this.#now(), after.since));
    this.history = [...this.history, { ...lasting, end: iso(close < this.#now() && after.since < before.since ? this.#now() : close) }];
  }

  #truth(shown: Effective, now: number): Words[] {
    const why = say(WHY[shown.source] ?? 'why.external', { at: saidTime(shown.since, now) });
    const since: Words = { text: say('truth.since', { since: saidTime(shown.since, now), why }), strong: false };
    const plain = (text: string): Words => ({ text, strong: false });
    const own = this.#status(shown.status);
    const others = own.primary === own.id ? [] : [plain(say('truth.join') + say('truth.others_see', { status: this.#label(own.primary) }))];
    if (shown.returnsTo === null) return [since, ...others];
    const desk = shown.source === 'idle' || shown.source === 'lock' || shown.source === 'sleep';
    const next = shown.until !== null ? 'truth.until_then' : desk ? 'truth.back_when_you_return' : 'truth.back_after';
    const [before = '', after = ''] = say(next, { status: '\0', until: saidTime(shown.until ?? now, now) }).split('\0');
    return [since, ...others, plain(say('truth.join') + before), { text: this.#label(shown.returnsTo), strong: true }, plain(after)];
  }

  #undo(shown: Effective): string | null {
    if (this.desk && shown.source === this.desk.source) return say('tray.undo_show', { status: this.#label(shown.returnsTo ?? 'available') });
    return this.ended ? say('tray.undo_again', { status: this.#label(this.ended.status) }) : null;
  }

  #label(id: string): string {
    return labelOf(this.#status(id));
  }

  #status(id: string): FakeStatus {
    return this.statuses.find((status) => status.id === id) ?? (STATUSES[0] as FakeStatus);
  }

  #default(): string {
    return this.#setting('sign_in.status');
  }

  #setting(key: string): string {
    return this.settings.find((setting) => setting.key === key)?.value ?? '';
  }
}

function end(lasts: Lasts | null, now: number): number | null {
  if (lasts === null) return null;
  if ('for' in lasts) return now + lasts.for * 1000;
  const until = Date.parse(lasts.until);
  if (!(until > now)) throw new Refusal(`${lasts.until} has passed already: give an end that lies ahead`);
  return until;
}

function heldLine(item: HeldItem): string {
  const from = item.from ?? '';
  if (item.held_as === 'missed_call') return say('notice.what_from', { what: say('notice.missed_call'), from });
  if (item.held_as === 'blocked') return say('notice.what_from', { what: say('notice.video_refused'), from });
  return item.kind === 'reminder' ? say('notice.reminder_from', { from: item.text }) : say('notice.from_text', { from, text: item.text });
}
