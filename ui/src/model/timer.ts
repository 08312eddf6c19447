/** How long the status has lasted and how long it will, in words and whole minutes. */
import { t } from '../words/t';
import { duration, HOUR, MINUTE } from '../words/time';

export interface TimerFacts {
  label: string;
  since: string;
  until: string | null;
  /** How many letters stand beside the timer, on the same line. */
  beside: number;
}

/** How many letters the line has room for, what stands beside the timer included. */
const LINE = 46;

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export function timerWords({ label, since, until, beside }: TimerFacts, now: number): string {
  const began = Date.parse(since);
  const spent = duration(now - began);
  // A label for which the line has no room is left out: the heading says it already.
  const fitting = (long: string, short: string): string => sentence(long.length + beside > LINE ? short : long);
  if (until === null) return fitting(t('now.timer', { in: spent, status: label }), t('now.timer_short', { in: spent }));
  const rest = Date.parse(until) - now;
  if (rest <= -MINUTE) return sentence(t('now.timer_over', { over: duration(-rest) }));
  // Rounded up, so that "14 min in, 16 left" make the thirty that were chosen.
  const left = Math.max(0, Math.ceil(rest / MINUTE)) * MINUTE;
  const bare = left < HOUR && now - began >= MINUTE && now - began < HOUR;
  const values = { in: spent, status: label, left: bare ? t('unit.bare_minutes', { count: left / MINUTE }) : duration(left) };
  return fitting(t('now.timer_left', values), t('now.timer_left_short', values));
}

/** The part of the time that has gone, from 0 to 1; `null` without an end. */
export function timerPart({ since, until }: Pick<TimerFacts, 'since' | 'until'>, now: number): number | null {
  if (until === null) return null;
  const [began, ends] = [Date.parse(since), Date.parse(until)];
  return ends <= began ? 1 : Math.min(1, Math.max(0, (now - began) / (ends - began)));
}

/**
 * When the words change next. The minutes are those of the status, not of the wall clock, so that one wake-up a minute
 * is enough and the words are never late.
 */
export function nextChange(anchors: readonly number[], now: number): number {
  const waits = anchors.map((anchor) => MINUTE - ((((now - anchor) % MINUTE) + MINUTE) % MINUTE));
  return now + Math.min(MINUTE, ...waits);
}
