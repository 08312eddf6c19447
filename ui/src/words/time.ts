/** Times and durations in words. The resident program writes hours from 0 to 23; so does the window. */
import { t } from './t';

export const MINUTE = 60_000;
export const HOUR = 3_600_000;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

export function clockTime(at: number | string, now: number = Date.now()): string {
  const then = new Date(at);
  const time = clock.format(then);
  const days = Math.abs(startOfDay(then.getTime()) - startOfDay(now)) / (24 * HOUR);
  if (days < 0.9) return time;
  return `${days < 6.9 ? weekday.format(then) : date.format(then)} ${time}`;
}

export const dayName = (at: number): string => weekday.format(at);
export const dayAndMonth = (at: number): string => date.format(at);

/** `under 1 min`, `14 min`, `2 h`, `2 h 5 min`: whole minutes. */
export function duration(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / MINUTE);
  if (minutes < 1) return t('unit.under');
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return t('unit.minutes', { n: minutes });
  if (minutes % 60 === 0) return t('unit.hours', { n: hours });
  return t('unit.both', { hours, minutes: minutes % 60 });
}

/** The local midnight before an instant. */
export function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** A local midnight some days on: days of 23 and 25 hours count as one. */
export function addDays(at: number, days: number): number {
  const day = new Date(at);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).getTime();
}

/** The Monday before an instant. */
export function startOfWeek(at: number): number {
  return addDays(at, -((new Date(at).getDay() + 6) % 7));
}

/** As `<input type="time">` writes it. */
export function timeValue(at: number): string {
  const then = new Date(at);
  return `${String(then.getHours()).padStart(2, '0')}:${String(then.getMinutes()).padStart(2, '0')}`;
}
