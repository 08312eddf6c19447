import { describe, expect, it } from 'vitest';
import { addDays, HOUR, startOfDay } from '../words/time';
import { hours, strip, totals, within, type Stay } from './strip';

const at = (text: string) => new Date(text).getTime();
const stay = (status: 'available' | 'meal' | 'offline', start: string, end: string | null): Stay => ({
  status, label: status, glyph: status, color: 'green', start: at(start), end: end === null ? null : at(end),
});
const sum = (stays: Stay[], now: number) => totals(stays, now).reduce((sum, one) => sum + one.ms, 0);

describe('the strip', () => {
  const now = at('2026-11-24T12:00:00');
  const day = startOfDay(now);

  it('lays stretches on the axis of hours', () => {
    const stays = [stay('available', '2026-11-24T08:00:00', '2026-11-24T10:30:00'), stay('meal', '2026-11-24T10:30:00', null)];
    const { pieces, ticks } = strip(stays, day, [8, 18], now);
    expect(pieces.map(({ from, part }) => [from, Number(part.toFixed(6))])).toEqual([[0, 0.25], [0.25, 0.15]]);
    expect(pieces.map((piece) => piece.lasts)).toEqual([false, true]);
    expect(ticks.map((tick) => tick.hour)).toEqual([8, 10, 12, 14, 16, 18]);
  });

  it('cuts at midnight, on both sides', () => {
    const night = [stay('available', '2026-11-23T22:00:00', '2026-11-24T02:00:00')];
    expect(sum(within(night, day, now), now)).toBe(2 * HOUR);
    expect(sum(within(night, addDays(day, -1), now), now)).toBe(2 * HOUR);
    expect(hours([{ day, stays: night }], now)).toEqual([0, 18]);
    expect(hours([{ day: addDays(day, -1), stays: night }], now)).toEqual([8, 24]);
    expect(strip(night, addDays(day, -1), [8, 24], now).pieces[0]).toMatchObject({ from: 14 / 16, lasts: false });
  });

  it('is not stretched by an absence', () => {
    const stays = [stay('offline', '2026-11-23T18:00:00', '2026-11-24T08:00:00'), stay('available', '2026-11-24T08:00:00', null)];
    expect(hours([{ day, stays }], now)).toEqual([8, 18]);
  });

  it('reaches the present late in the evening', () => {
    const late = at('2026-11-24T21:20:00');
    expect(hours([{ day, stays: [stay('available', '2026-11-24T09:00:00', null)] }], late)).toEqual([8, 22]);
  });

  it('shows no stretch of the future', () => {
    expect(within([stay('meal', '2026-11-24T13:00:00', null)], day, now)).toEqual([]);
  });

  it('knows that a day may have 23 hours', () => {
    const spring = at('2026-03-29T00:00:00');
    const whole = [stay('available', '2026-03-28T12:00:00', '2026-03-30T12:00:00')];
    const later = at('2026-03-31T00:00:00');
    expect(sum(within(whole, spring, later), later)).toBe(23 * HOUR);
    const { ticks, pieces } = strip(whole, spring, [0, 24], later);
    expect(pieces[0]).toMatchObject({ from: 0, part: 1 });
    // 4 o'clock is the third hour of that day.
    expect(ticks.find((tick) => tick.hour === 4)?.at).toBeCloseTo(3 / 23);
    const evening = [stay('available', '2026-03-29T09:00:00', '2026-03-29T20:30:00')];
    expect(hours([{ day: spring, stays: evening }], later)).toEqual([8, 21]);
    const autumn = at('2026-10-25T00:00:00');
    const other = [stay('available', '2026-10-25T09:00:00', '2026-10-25T20:30:00')];
    expect(hours([{ day: autumn, stays: other }], at('2026-10-26T12:00:00'))).toEqual([8, 21]);
  });

  it('knows that a day may have 25 hours', () => {
    const autumn = at('2026-10-25T00:00:00');
    const whole = [stay('available', '2026-10-24T12:00:00', '2026-10-26T12:00:00')];
    const later = at('2026-10-27T00:00:00');
    expect(sum(within(whole, autumn, later), later)).toBe(25 * HOUR);
    expect(strip(whole, autumn, [0, 24], later).ticks.at(-1)).toEqual({ at: 1, hour: 24 });
  });
});
