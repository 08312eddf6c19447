import { describe, expect, it } from 'vitest';
import type { ChoiceView } from '../protocol/ChoiceView';
import { find, isLong, TypeAhead } from './choices';

const choice = (id: string, label: string, secondary: ChoiceView[] = []): ChoiceView => ({ id, label, glyph: 'busy', color: 'red', chosen: false, minutes: null, secondary });
const CHOICES = [choice('a', 'Available'), choice('m', 'Meeting', [choice('s', 'Stånd-up'), choice('o', 'One to one')]), choice('l', 'Meal')];
const key = (key: string, timeStamp: number) => ({ key, timeStamp, ctrlKey: false, altKey: false, metaKey: false });

describe('many statuses', () => {
  it('are worth a field from a number on', () => {
    expect(isLong(CHOICES)).toBe(false);
    expect(isLong([choice('x', 'X', Array.from({ length: 24 }, (_, n) => choice(`${n}`, `${n}`)))])).toBe(true);
  });

  it('are found by any part of their name, without case or accents, under their primary', () => {
    expect(find(CHOICES, ' STAND').map((one) => [one.id, one.secondary.map((under) => under.id)])).toEqual([['m', ['s']]]);
    expect(find(CHOICES, 'mea').map((one) => one.id)).toEqual(['l']);
    expect(find(CHOICES, '  ')).toBe(CHOICES);
    expect(find(CHOICES, 'nothing')).toEqual([]);
  });

  it('are reached by typing: letters in succession, one letter from name to name, and a space never', () => {
    const names = CHOICES.map((one) => one.label);
    const typed = new TypeAhead();
    expect(typed.takes(key('m', 5000))).toBe(true);
    expect(typed.next(names, 0)).toBe(1);
    expect(typed.takes(key('m', 5300))).toBe(true);
    expect(typed.next(names, 1)).toBe(2);
    for (const [n, letter] of ['m', 'e', 'a'].entries()) typed.takes(key(letter, 9000 + n * 200));
    expect(typed.next(names, 1)).toBe(2);
    expect([typed.takes(key(' ', 9700)), typed.takes(key('Tab', 9700)), typed.takes({ ...key('a', 9700), ctrlKey: true })]).toEqual([false, false, false]);
  });
});
