/** A day as a strip: where each stretch begins and how long it is, as parts of an axis of hours. */
import { addDays, startOfDay } from '../words/time';
import type { Look } from './looks';

/** What a stretch was before it was corrected, and why; without words where only that it was is known. */
export interface Corrected {
  was: string | null;
  reason: string | null;
}

export interface Stay extends Look {
  start: number;
  /** `null` while it lasts. */
  end: number | null;
  corrected?: Corrected;
}

export interface Piece extends Look {
  start: number;
  end: number;
  lasts: boolean;
  corrected?: Corrected;
  /** Its start and length as parts of the axis. */
  from: number;
  part: number;
}

export interface Tick {
  at: number;
  hour: number;
}

export interface Strip {
  pieces: Piece[];
  ticks: Tick[];
}

/** The hours that are shown even of an empty day. */
const OFFICE = [8, 18] as const;

/** What nobody needs to see at night: an absence doesn't widen the axis. */
export const isAbsence = (stay: Look) => ['offline', 'unknown', 'out_of_office_offline', 'not_connected'].includes(stay.glyph);

/** The instant at which this day's clock shows an hour; 24 is the next midnight. A skipped hour is the one after. */
export function hourOf(day: number, hour: number): number {
  return hour >= 24 ? addDays(day, 1) : new Date(day).setHours(hour, 0, 0, 0);
}

/** What of the stays lies within the day, cut at its midnights and at now. */
export function within(stays: readonly Stay[], day: number, now: number): Stay[] {
  const close = Math.min(addDays(day, 1), Math.max(now, day));
  return stays
    .map((stay) => ({ ...stay, start: Math.max(stay.start, day), end: Math.min(stay.end ?? now, close) }))
    .filter((stay) => stay.end > stay.start);
}

/** The first and the last hour that days with these stays need together. */
export function hours(days: readonly { day: number; stays: readonly Stay[] }[], now: number): [number, number] {
  let [first, last]: [number, number] = [...OFFICE];
  for (const { day, stays } of days) {
    for (const stay of within(stays, day, now).filter((stay) => !isAbsence(stay))) {
      const end = stay.end ?? now;
      first = Math.min(first, new Date(stay.start).getHours());
      // By the clock: on two days of the year, fewer or more hours have passed since midnight.
      last = Math.max(last, end >= addDays(day, 1) ? 24 : new Date(end - 1).getHours() + 1);
    }
    // Today's axis reaches the present, or the edge of now would fall off.
    if (day === startOfDay(now) && stays.length > 0) last = Math.max(last, Math.min(24, new Date(now).getHours() + 1));
  }
  return [first, Math.min(24, last)];
}

export function strip(stays: readonly Stay[], day: number, [first, last]: [number, number], now: number): Strip {
  const [left, right] = [hourOf(day, first), hourOf(day, last)];
  const part = (at: number) => Math.min(1, Math.max(0, (at - left) / (right - left)));
  const pieces = within(stays, day, now).map((stay): Piece => {
    const end = stay.end ?? now;
    // Whether it lasts is a matter of the stay as it was given: cut at midnight, it doesn't.
    const lasts = stays.some((whole) => whole.end === null && end === now && whole.status === stay.status);
    return { ...stay, end, lasts, from: part(stay.start), part: part(end) - part(stay.start) };
  });
  return { pieces: pieces.filter((piece) => piece.part > 0), ticks: ticks(day, first, last, part) };
}

function ticks(day: number, first: number, last: number, part: (at: number) => number): Tick[] {
  const step = [1, 2, 3, 4, 6].find((step) => (last - first) / step <= 6) ?? 6;
  const found: Tick[] = [];
  for (let hour = first; hour <= last; hour += step) found.push({ at: part(hourOf(day, hour)), hour });
  return found;
}

export interface Total extends Look {
  ms: number;
}

/** The time in each status, the longest first. */
export function totals(stays: readonly Stay[], now: number): Total[] {
  const sums = new Map<string, Total>();
  for (const stay of stays) {
    const sum = sums.get(stay.status) ?? { status: stay.status, label: stay.label, glyph: stay.glyph, color: stay.color, ms: 0 };
    sum.ms += (stay.end ?? now) - stay.start;
    sums.set(stay.status, sum);
  }
  return [...sums.values()].sort((a, b) => b.ms - a.ms);
}
