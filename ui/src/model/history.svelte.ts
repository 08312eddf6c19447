/** The history page: what is kept, week by week. */
import type { Interval } from '../protocol/Interval';
import { addDays, startOfWeek } from '../words/time';
import { lookOf } from './looks';
import type { Session } from './session.svelte';
import { hours, strip, totals, within, type Stay, type Strip, type Total } from './strip';

export interface Day {
  day: number;
  strip: Strip;
  totals: Total[];
}

export interface Week {
  week: number;
  totals: Total[];
}

/** How many weeks the view of weeks shows. */
const WEEKS = 8;

export class History {
  intervals = $state.raw<Interval[] | null>(null);
  refused = $state<string | null>(null);
  /** The Monday of the week that is shown. */
  week = $state(0);
  by = $state<'days' | 'weeks'>('days');
  #session: Session;
  #now: () => number;

  constructor(session: Session, now: () => number) {
    this.#session = session;
    this.#now = now;
    this.week = startOfWeek(now());
  }

  async load(): Promise<void> {
    const reply = await this.#session.ask({ history: { since: null } });
    this.refused = 'refused' in reply ? reply.refused.words : null;
    if ('history' in reply) this.intervals = reply.history;
  }

  stays = $derived.by((): Stay[] => {
    const choices = this.#session.view?.choices ?? [];
    return (this.intervals ?? []).map((interval) => ({
      ...lookOf(interval.status, interval.primary, choices),
      start: Date.parse(interval.start),
      end: interval.end === null ? null : Date.parse(interval.end),
    }));
  });

  days = $derived.by((): Day[] => {
    const now = this.#now();
    const week = Array.from({ length: 7 }, (_, n) => addDays(this.week, n)).filter((day) => day <= now);
    const axis = hours(week.map((day) => ({ day, stays: this.stays })), now);
    return week.map((day) => ({
      day,
      strip: strip(this.stays, day, axis, now),
      totals: totals(within(this.stays, day, now), now),
    }));
  });

  weeks = $derived.by((): Week[] => {
    const last = startOfWeek(this.#now());
    const all = Array.from({ length: WEEKS }, (_, n) => addDays(last, -7 * n));
    return all.map((week) => ({ week, totals: this.#totals(week) })).filter((week) => week.totals.length > 0);
  });

  total = $derived.by((): Total[] => this.#totals(this.week));

  get hasEarlier(): boolean {
    return this.stays.some((stay) => stay.start < this.week);
  }

  get hasLater(): boolean {
    return this.week < startOfWeek(this.#now());
  }

  go(weeks: number): void {
    this.week = addDays(this.week, 7 * weeks);
  }

  #totals(week: number): Total[] {
    const now = this.#now();
    const days = Array.from({ length: 7 }, (_, n) => addDays(week, n));
    return totals(days.flatMap((day) => within(this.stays, day, now)), now);
  }
}
