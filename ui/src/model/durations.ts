/** For how long: the spans that people are offered, and the intents that they become. */
import type { Intent } from '../protocol/Intent';
import type { Lasts } from '../protocol/Lasts';
import { addDays, HOUR, startOfDay } from '../words/time';

/** In minutes: what people are offered. */
export const SPANS = [5, 15, 30, 45, 60, 120] as const;

/** The next time that a clock shows `14:30`, as the command line takes it (tests/times.json). `null` if it is no time. */
export function nextTime(value: string, now: number): Lasts | null {
  const found = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(value.trim());
  if (!found) return null;
  const days = [startOfDay(now), addDays(startOfDay(now), 1)];
  const ahead = days.flatMap((day) => moments(day, Number(found[1]), Number(found[2]))).filter((at) => at > now);
  return { until: new Date(Math.min(...ahead)).toISOString() };
}

/** When clocks show a time on a day: twice in an hour that comes twice. In an hour that is left out, as long after midnight. */
function moments(day: number, hours: number, minutes: number): number[] {
  const first = new Date(day).setHours(hours, minutes, 0, 0);
  // Some places turn their clocks back by half an hour only.
  const again = [HOUR / 2, HOUR].map((later) => first + later);
  return [first, ...again.filter((at) => new Date(at).getHours() === hours && new Date(at).getMinutes() === minutes)];
}

/** The coming midnight. */
export function midnight(now: number): Lasts {
  return { until: new Date(addDays(startOfDay(now), 1)).toISOString() };
}

/** A sensible time to offer: the next full half hour that is at least half an hour away. */
export function suggestion(now: number): number {
  return Math.ceil((now + HOUR / 2) / (HOUR / 2)) * (HOUR / 2);
}

/** The status to which a span is given. */
export interface Target {
  id: string;
  minutes: number | null;
  /** Whether it shows now because somebody meant it: then it gets another end instead of another start. */
  standing: boolean;
}

/** `lasts` null: without end. */
export function chooseFor(target: Target, lasts: Lasts | null): Intent[] {
  if (target.standing) return [{ set_end: { lasts } }];
  const set: Intent = { set: { status: target.id, lasts, message: null } };
  // A choice without a span takes the status' own; to have none at all, its end is taken away after.
  return lasts === null && target.minutes !== null ? [set, { set_end: { lasts: null } }] : [set];
}
