import { describe, expect, it } from 'vitest';
import { fakeHost } from '../platform/fake';
import { csv } from './csv';
import { parts } from './health';
import { History } from './history.svelte';
import { lookOf, pattern, shape } from './looks';
import { Attempt, Session } from './session.svelte';
import { readDays, readDuration, Settings } from './settings.svelte';

const NOW = new Date('2026-11-24T12:14:00').getTime();
const session = (scene: string) => new Session(fakeHost({ scene, now: () => NOW }));

describe('the session', () => {
  it('turns a refusal and a lost connection into words, and never throws', async () => {
    const refused = new Attempt(session('refuse'));
    expect(await refused.run('back')).toBe(false);
    expect(refused.refused).toContain('the disk is full');
    const lost = new Attempt(session('connecting'));
    expect(await lost.run('back')).toBe(false);
    expect(lost.refused).toContain('can’t be reached');
  });

  it('stops at the first refusal', async () => {
    const host = fakeHost({ scene: 'workday', now: () => NOW });
    const attempt = new Attempt(new Session(host));
    expect(await attempt.run({ set: { status: 'nonsense', lasts: null, message: null } }, 'clear_held')).toBe(false);
    expect(attempt.refused).toContain('there is no status “nonsense”');
  });
});

describe('the settings', () => {
  it('reads durations and days as they are spelled', () => {
    expect(readDuration('5m')).toEqual({ amount: 5, unit: 'm' });
    expect(readDuration('1h30m')).toEqual({ amount: 90, unit: 'm' });
    expect(readDuration('90s')).toEqual({ amount: 90, unit: 's' });
    expect(readDuration('4h')).toEqual({ amount: 4, unit: 'h' });
    expect([readDays('400 days'), readDays('for ever')]).toEqual([400, null]);
  });

  it('keep a refusal at its own field until it is put right', async () => {
    const settings = new Settings(session('workday'));
    await settings.load();
    await settings.save('idle.after', '5s');
    expect(settings.refused['idle.after']).toContain('from 10s to 4h');
    expect(settings.values['idle.after']).toBe('5m');
    await settings.save('idle.after', '10m');
    expect(settings.refused).toEqual({});
    expect([settings.values['idle.after'], settings.saved]).toEqual(['10m', 'idle.after']);
  });
});

describe('the history', () => {
  it('goes by weeks of local days and never past the present', async () => {
    const history = new History(session('workday'), () => NOW);
    await history.load();
    expect(history.days).toHaveLength(2);
    expect(history.hasLater).toBe(false);
    expect(history.hasEarlier).toBe(true);
    history.go(-1);
    expect(history.days).toHaveLength(7);
    expect(history.total[0]?.status).toBe('available');
    expect(history.weeks.length).toBeGreaterThan(2);
  });

  it('exports what a spreadsheet neither computes nor breaks', () => {
    const row = { status: 'meal', primary: 'meal', source: 'manual', detail: null, start: 'a', end: null } as const;
    expect(csv([{ ...row, message: '=1+1' }, { ...row, message: 'so, "yes"\nno' }])).toBe(
      'start,end,status,primary,source,detail,message\r\na,,meal,meal,manual,,\'=1+1\r\na,,meal,meal,manual,,"so, ""yes""\nno"\r\n',
    );
  });
});

describe('looks', () => {
  it('differ by shape or pattern wherever colours may be confused', () => {
    expect([shape('available'), shape('away'), shape('offline'), shape('unknown')]).toEqual(['full', 'part', 'hollow', 'dashed']);
    const seen = (['available', 'busy', 'meeting', 'do_not_disturb', 'away', 'break', 'meal', 'training', 'out_of_office', 'offline'] as const).map((glyph) => `${shape(glyph)} ${pattern(glyph)}`);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('of an unknown status are those of its primary, and never blank', () => {
    expect(lookOf('customer_calls', 'busy', [])).toMatchObject({ label: 'Busy', glyph: 'busy', color: 'red' });
    expect(lookOf('unknown', 'unknown', [])).toMatchObject({ label: 'Unknown', glyph: 'unknown', color: 'gray' });
  });
});

describe('health', () => {
  it('groups by part; a part is well if what is in use works', () => {
    const base = { why: '', advice: null, last: null };
    const groups = parts([
      { ...base, part: 'idle', name: 'a', state: 'absent', chosen: false },
      { ...base, part: 'idle', name: 'b', state: 'working', chosen: true },
      { ...base, part: 'tray', name: 'c', state: 'failing', chosen: true },
    ]);
    expect(groups.map(({ name, well }) => [name, well])).toEqual([['Time without input', true], ['Tray', false]]);
    expect(groups[0]?.checks[0]?.name).toBe('b');
  });
});
