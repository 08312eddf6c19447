import { describe, expect, it } from 'vitest';
import { nextChange, timerPart, timerWords } from './timer';

const MIN = 60_000;
const NOON = Date.parse('2026-11-24T12:00:00Z');
const facts = (ago: number, left: number | null, label = 'Meal', beside = 0) => ({
  label,
  beside,
  since: new Date(NOON - ago).toISOString(),
  until: left === null ? null : new Date(NOON + left).toISOString(),
});

describe('the timer', () => {
  it('says what has gone and what is left, in whole minutes that make the whole', () => {
    expect(timerWords(facts(14 * MIN, 16 * MIN), NOON)).toBe('Meal for 14 min, 16 left');
    expect(timerWords(facts(14 * MIN + 20_000, 15 * MIN + 40_000), NOON)).toBe('Meal for 14 min, 16 left');
    expect(timerWords(facts(20_000, 29 * MIN + 40_000), NOON)).toBe('Meal for under 1 min, 30 min left');
  });

  it('names both units where they differ', () => {
    expect(timerWords(facts(65 * MIN, 16 * MIN), NOON)).toBe('Meal for 1 h 5 min, 16 min left');
    expect(timerWords(facts(14 * MIN, 120 * MIN), NOON)).toBe('Meal for 14 min, 2 h left');
  });

  it('has no end to count to in a status without one', () => {
    expect(timerWords(facts(192 * MIN, null, 'Available'), NOON)).toBe('Available for 3 h 12 min');
  });

  it('turns into "over" without alarm, once a whole minute has passed', () => {
    expect(timerWords(facts(30 * MIN, -30_000), NOON)).toBe('Meal for 30 min, 0 left');
    expect(timerWords(facts(33 * MIN, -3 * MIN), NOON)).toBe('3 min over');
  });

  it('leaves a label out that would break the line', () => {
    expect(timerWords(facts(14 * MIN, 16 * MIN, 'Customer calls in Scandinavia'), NOON)).toBe('For 14 min, 16 left');
    expect(timerWords(facts(14 * MIN, 16 * MIN, 'Besprechung', 'Zurück zu Verfügbar'.length), NOON)).toBe('For 14 min, 16 left');
    expect(timerWords(facts(20_000, 29 * MIN + 40_000, 'Meeting', '+15 minEnd now'.length), NOON)).toBe('For under 1 min, 30 min left');
  });

  it('knows the part that has gone', () => {
    expect(timerPart(facts(15 * MIN, 15 * MIN), NOON)).toBe(0.5);
    expect(timerPart(facts(33 * MIN, -3 * MIN), NOON)).toBe(1);
    expect(timerPart(facts(5 * MIN, null), NOON)).toBeNull();
  });

  it('changes at the minutes of the status', () => {
    expect(nextChange([NOON - 14 * MIN - 20_000], NOON)).toBe(NOON + 40_000);
    expect(nextChange([NOON + 90_000], NOON)).toBe(NOON + 30_000);
    expect(nextChange([], NOON)).toBe(NOON + MIN);
  });
});
