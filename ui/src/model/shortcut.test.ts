import { describe, expect, it } from 'vitest';
import { chord } from './shortcut';

const press = (modifiers: string, key: string, code: string) => ({
  key, code, ctrlKey: modifiers.includes('C'), altKey: modifiers.includes('A'), shiftKey: modifiers.includes('S'), metaKey: modifiers.includes('M'),
});

describe('a chord', () => {
  it('is spelled as the settings spell it', () => {
    expect(chord(press('CA', 'h', 'KeyH'))).toBe('Ctrl+Alt+H');
    expect(chord(press('MS', '!', 'Digit1'))).toBe('Shift+Super+1');
    expect(chord(press('C', 'F9', 'F9'))).toBe('Ctrl+F9');
    expect(chord(press('A', ' ', 'Space'))).toBe('Alt+Space');
    // A French keyboard says so itself; a Greek one has the key in its place.
    expect(chord(press('CA', 'a', 'KeyQ'))).toBe('Ctrl+Alt+A');
    expect(chord(press('CA', 'η', 'KeyH'))).toBe('Ctrl+Alt+H');
  });

  it('is not a letter, a modifier alone, or what the field needs', () => {
    expect([chord(press('', 'h', 'KeyH')), chord(press('S', 'H', 'KeyH')), chord(press('CA', 'Alt', 'AltLeft')), chord(press('C', 'v', 'KeyV'))]).toEqual([null, null, null, null]);
  });
});
