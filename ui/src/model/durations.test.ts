import { describe, expect, it } from 'vitest';
import times from '../../../tests/times.json';
import { chooseFor, midnight, nextTime, suggestion } from './durations';

const at = (text: string) => new Date(text).getTime();

describe('durations', () => {
  it('takes a time of today, or of tomorrow if it has passed', () => {
    const now = at('2026-11-24T15:00:00');
    expect(nextTime('16:30', now)).toEqual({ until: new Date('2026-11-24T16:30:00').toISOString() });
    expect(nextTime('09:15', now)).toEqual({ until: new Date('2026-11-25T09:15:00').toISOString() });
    expect(nextTime('15:00', now)).toEqual({ until: new Date('2026-11-25T15:00:00').toISOString() });
  });

  it('d07: means by a time of day what the command line means', () => {
    const here = process.env['TZ'];
    const hhmm = times.vectors.filter(({ text }) => /^\d+:\d\d$/.test(text));
    expect(hhmm.length).toBeGreaterThan(15);
    for (const { zone, now, text, next, why } of hhmm) {
      process.env['TZ'] = zone;
      expect(nextTime(text, at(now)), why).toEqual({ until: new Date(next ?? '').toISOString() });
    }
    process.env['TZ'] = here;
  });

  it('takes no nonsense', () => {
    for (const text of ['', '25:00', '12:60', 'soon']) expect(nextTime(text, 0)).toBeNull();
  });

  it('keeps the clock time over a change of the clocks', () => {
    // In Stockholm the night to 29 March 2026 has no hour from 2 to 3.
    const lasts = nextTime('07:00', at('2026-03-28T22:00:00'));
    expect(lasts).toEqual({ until: '2026-03-29T05:00:00.000Z' });
    expect(midnight(at('2026-03-29T12:00:00'))).toEqual({ until: '2026-03-29T22:00:00.000Z' });
  });

  it('suggests the full half hour that is at least half an hour away', () => {
    expect(new Date(suggestion(at('2026-11-24T15:10:00'))).getHours()).toBe(16);
    expect(new Date(suggestion(at('2026-11-24T15:30:00'))).getHours()).toBe(16);
  });

  it('gives the status that shows another end instead of another start', () => {
    expect(chooseFor({ id: 'meal', minutes: 30, standing: true }, { for: 900 })).toEqual([{ set_end: { lasts: { for: 900 } } }]);
  });

  it('takes the own end away from a status that is to have none', () => {
    expect(chooseFor({ id: 'meal', minutes: 30, standing: false }, null)).toHaveLength(2);
    expect(chooseFor({ id: 'busy', minutes: null, standing: false }, null)).toEqual([{ set: { status: 'busy', lasts: null, message: null } }]);
  });
});
