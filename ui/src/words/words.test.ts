import { describe, expect, it } from 'vitest';
import { isolated } from './isolate';
import { match } from './language.svelte';
import { around, maybe, t } from './t';
import { clockTime, duration, saidTime, startOfWeek } from './time';

describe('words', () => {
  it('fill their holes and choose their plural', () => {
    expect(t('held.older', { count: 1 })).toBe('1 older');
    expect(t('settings.days', { count: 1 })).toBe('1 day');
    expect(t('settings.days', { count: 400 })).toBe('400 days');
    expect(t('now.timer', { in: '14 min', status: 'وجبة' })).toBe('\u2068وجبة\u2069 for 14 min');
    expect(maybe('health.part.tray')).toBe('Tray');
    expect(maybe('health.part.nothing')).toBeNull();
  });

  it('say durations in whole minutes', () => {
    expect([0, 59_999, 60_000, 840_000, 3_600_000, 7_500_000].map(duration)).toEqual(['under 1 min', 'under 1 min', '1 min', '14 min', '1 h', '2 h 5 min']);
  });

  it('say which day, if it is another one', () => {
    const now = new Date('2026-11-24T12:00:00').getTime();
    expect(clockTime(new Date('2026-11-24T00:05:00').getTime(), now)).toBe('00:05');
    expect(clockTime(new Date('2026-11-23T23:50:00').getTime(), now)).toBe('Mon 23:50');
    expect(clockTime(new Date('2026-11-03T10:42:00').getTime(), now)).toBe('3 Nov 10:42');
    expect(saidTime(now, now)).toBe('12:00');
    expect(new Date(startOfWeek(new Date('2026-11-29T12:00:00').getTime())).getDate()).toBe(23);
  });

  it('let a hole be filled with an element', () => {
    expect(around('health.advice', 'advice')).toEqual(['What you can do: ', '']);
  });

  it('keep direction inside: what is opened is closed, and nothing reaches beyond', () => {
    expect(isolated('Meal', 'ltr')).toBe('Meal');
    expect(isolated('Meal', 'rtl')).toBe('\u2068Meal\u2069');
    expect(isolated('14', 'rtl')).toBe('14');
    expect(isolated('\u202egnp.exe', 'ltr')).toBe('gnp.exe');
    expect(isolated('out\u2069 of \u2067وجبة', 'ltr')).toBe('\u2068out of \u2067وجبة\u2069\u2069');
  });

  it('are of the first language that there is, whatever its region', () => {
    expect([match(['en-GB']), match(['tlh', 'en']), match([])]).toEqual(['en', 'en', 'en']);
  });
});
