/** The history page: what is kept, week by week. Only the weeks that are shown are asked for: years are kept. */
import type { Interval } from '../protocol/Interval';
import { t } from '../words/t';
import { addDays, startOfWeek } from '../words/time';
import { csv } from './csv';
import { lookOf, type Look } from './looks';
import type { Session } from './session.svelte';
import { hours, strip, totals, within, type Stay, type Strip, type Total } from './strip';

export interface Day {
  day: number;
  strip: Strip;
  totals: Total[];
  corrected: number;
}

export interface Week {
  week: number;
  totals: Total[];
}

export type By = 'days' | 'weeks';

/** How many weeks the view of weeks shows. */
const WEEKS = 8;

/** How many intervals an export asks for at once, so that the resident program has time for others in between. */
const PAGE = 1000;

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** What comes next is since the latest end; after the page with the one that lasts there is nothing. */
function nextPage(page: readonly Interval[]): string | null {
  const ends = page.map((interval) => (interval.end === null ? Infinity : Date.parse(interval.end)));
  const latest = ends.reduce((latest, end) => Math.max(latest, end), -Infinity);
  return Number.isFinite(latest) ? new Date(latest).toISOString() : null;
}

export class History {
  intervals = $state.raw<Interval[] | null>(null);
  refused = $state<string | null>(null);
  /** The Monday of the week that is shown. */
  week = $state(0);
  by = $state<By>('days');
  /** What became of the export. */
  saved = $state<string | null>(null);
  unsaved = $state<string | null>(null);
  saving = $state(false);
  #oldest = $state<number | null>(null);
  /** What the person asked to see; it is shown once it is there, so that nothing flickers on the way. */
  #wanted: { week: number; by: By };
  #turn = 0;
  #session: Session;
  #now: () => number;

  constructor(session: Session, now: () => number) {
    this.#session = session;
    this.#now = now;
    this.week = startOfWeek(now());
    this.#wanted = { week: this.week, by: this.by };
  }

  async load(): Promise<void> {
    const turn = (this.#turn += 1);
    const { week, by } = this.#wanted;
    const [from, to] = this.#span();
    const [first, shown] = await Promise.all([
      this.#session.ask({ history: { since: null, until: null, limit: 1 } }),
      this.#session.ask({ history: { since: iso(from), until: iso(to), limit: null } }),
    ]);
    // Whoever turns pages quickly sees the last one asked for.
    if (turn !== this.#turn) return;
    this.refused = 'refused' in shown ? shown.refused.words : null;
    if (!('history' in shown)) return;
    if ('history' in first) this.#oldest = first.history[0] ? Date.parse(first.history[0].start) : null;
    this.intervals = shown.history;
    this.week = week;
    this.by = by;
  }

  stays = $derived.by((): Stay[] => {
    const choices = this.#session.view?.choices ?? [];
    return (this.intervals ?? []).map(({ status, primary, start, end, correction }) => ({
      ...lookOf(status, primary, choices),
      start: Date.parse(start),
      end: end === null ? null : Date.parse(end),
      ...(correction ? { corrected: { was: lookOf(correction.was, correction.was, choices).label, reason: correction.reason } } : {}),
    }));
  });

  days = $derived.by((): Day[] => {
    const now = this.#now();
    const week = Array.from({ length: 7 }, (_, n) => addDays(this.week, n)).filter((day) => day <= now);
    const axis = hours(week.map((day) => ({ day, stays: this.stays })), now);
    return week.map((day) => {
      const stays = within(this.stays, day, now);
      return { day, strip: strip(this.stays, day, axis, now), totals: totals(stays, now), corrected: stays.filter((stay) => stay.corrected).length };
    });
  });

  weeks = $derived.by((): Week[] => {
    const last = startOfWeek(this.#now());
    const all = Array.from({ length: WEEKS }, (_, n) => addDays(last, -7 * n));
    return all.map((week) => ({ week, totals: this.#totals(week) })).filter((week) => week.totals.length > 0);
  });

  total = $derived.by((): Total[] => this.#totals(this.week));

  /** What a stretch may be corrected to: all that can be chosen, and what the system alone sets. */
  get statuses(): Look[] {
    const choices = this.#session.view?.choices ?? [];
    const chosen = choices.flatMap((choice) => [choice, ...choice.secondary]).map(({ id, label, glyph, color }): Look => ({ status: id, label, glyph, color }));
    return [...chosen, lookOf('offline', 'offline', choices)];
  }

  get hasEarlier(): boolean {
    return this.#oldest !== null && this.#oldest < this.week;
  }

  get hasLater(): boolean {
    return this.week < startOfWeek(this.#now());
  }

  async go(weeks: number): Promise<void> {
    this.#wanted.week = addDays(this.#wanted.week, 7 * weeks);
    await this.load();
  }

  async show(by: By): Promise<void> {
    this.#wanted.by = by;
    await this.load();
  }

  /** What is shown, or everything that is kept, as a file. */
  async export(all = false): Promise<void> {
    if (this.saving) return;
    this.saving = true;
    this.saved = this.unsaved = null;
    const found: Interval[] = [];
    const [from, until] = all ? [null, null] : this.#span().map(iso);
    for (let since = from ?? null; ; ) {
      const page = await this.#session.ask({ history: { since, until: until ?? null, limit: PAGE } });
      if ('refused' in page) this.unsaved = page.refused.words;
      if (!('history' in page)) break;
      for (const interval of page.history) found.push(interval);
      since = nextPage(page.history);
      if (since !== null) continue;
      // With a mark of its encoding, for spreadsheets.
      const saved = await this.#session.save(t('history.file'), `\ufeff${csv(found)}`);
      if ('path' in saved) this.saved = t('export.saved', { path: saved.path });
      else this.unsaved = t(`export.${saved.why}`, { folder: saved.folder });
      break;
    }
    this.saving = false;
  }

  /** From when to when the person wants to see it; to the end of what is kept, if there is no second time. */
  #span(): [number, number | null] {
    const { week, by } = this.#wanted;
    return by === 'days' ? [week, addDays(week, 7)] : [addDays(startOfWeek(this.#now()), -7 * (WEEKS - 1)), null];
  }

  #totals(week: number): Total[] {
    const now = this.#now();
    const days = Array.from({ length: 7 }, (_, n) => addDays(week, n));
    return totals(days.flatMap((day) => within(this.stays, day, now)), now);
  }
}
