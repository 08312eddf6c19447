/** Times and durations in words. The resident program writes hours from 0 to 23; so does the window. */
import { spoken } from './language.svelte';
import { maybe, t } from './t';

export const MINUTE = 60_000;
export const HOUR = 3_600_000;

/** How many midnights lie between. */
const daysBetween = (at: number, now: number): number => Math.round(Math.abs(startOfDay(at) - startOfDay(now)) / (24 * HOUR));

/** A time as a table has it: `10:42`, `Mon 10:42`, `3 Nov 10:42`, `3 Nov 2027 10:42`. */
export function clockTime(at: number | string, now: number = Date.now()): string {
  const then = new Date(at);
  const time = timeValue(then.getTime());
  const days = daysBetween(then.getTime(), now);
  if (days === 0) return time;
  if (days < 7) return t('when.other_day', { weekday: dayName(then.getTime()), time });
  const values = { day: then.getDate(), month: maybe(`when.month.${then.getMonth() + 1}`) ?? '', time };
  if (then.getFullYear() === new Date(now).getFullYear()) return t('when.far', values);
  return t('when.far_year', { ...values, year: then.getFullYear() });
}

/** A time as a sentence has it, after *until*: some languages need an article there. */
export function saidTime(at: number | string, now: number = Date.now()): string {
  const today = daysBetween(new Date(at).getTime(), now) === 0;
  return t(today ? 'when.said' : 'when.said_other_day', { time: clockTime(at, now) });
}

/** `Mon`, as the tray writes it. */
export const dayName = (at: number): string => maybe(`when.weekday.${new Date(at).getDay() || 7}`) ?? '';
/** `24 Nov`, in the order of the person's region. */
export const dayAndMonth = (at: number): string => spoken()?.dates.format(at) ?? '';
export const percent = (part: number): string => spoken()?.percent.format(part) ?? '';

/** `under 1 min`, `14 min`, `2 h`, `2 h 5 min`: whole minutes. */
export function duration(ms: number): string {
  const all = Math.floor(Math.max(0, ms) / MINUTE);
  if (all < 1) return t('unit.under');
  const hours = t('unit.hours', { count: Math.floor(all / 60) });
  const minutes = t('unit.minutes', { count: all % 60 });
  if (all < 60) return minutes;
  return all % 60 === 0 ? hours : t('unit.both', { hours, minutes });
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
