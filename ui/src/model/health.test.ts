import { describe, expect, it } from 'vitest';
import type { Check } from '../protocol/Check';
import { parts } from './health';

const check = (state: Check['state'], advice?: string): Check => ({ part: 'lock', name: 'a source', state, chosen: false, why: 'so it is', last: null, advice: advice ?? null });

describe('what needs attention', () => {
  it('is what fails, and what is absent with something to do about it', () => {
    expect(parts([check('failing')])[0]?.well).toBe(false);
    expect(parts([check('absent', 'install it')])[0]?.well).toBe(false);
  });
  it('is not what nobody can mend', () => {
    const [part] = parts([check('absent')]);
    expect([part?.well, part?.state]).toEqual([true, 'absent']);
  });
});
