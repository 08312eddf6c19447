import { describe, expect, it } from 'vitest';
import { fakeHost } from '../platform/fake';
import type { Request } from '../protocol/Request';
import { addDays } from '../words/time';
import { correctionOf, formOf } from './correction';
import { csv } from './csv';
import { parts } from './health';
import { History } from './history.svelte';
import { lookOf, pattern, shape } from './looks';
import { Attempt, Session } from './session.svelte';
import type { Piece } from './strip';
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
    expect(settings.all?.['idle.after']?.value).toBe('5m');
    await settings.save('idle.after', '10m');
    expect(settings.refused['idle.after']).toBe('');
    expect([settings.all?.['idle.after']?.value, settings.saved]).toEqual(['10m', 'idle.after']);
  });
});

describe('the history', () => {
  it('goes by weeks of local days and never past the present', async () => {
    const history = new History(session('workday'), () => NOW);
    await history.load();
    expect(history.days).toHaveLength(2);
    expect(history.hasLater).toBe(false);
    expect(history.hasEarlier).toBe(true);
    await history.go(-1);
    expect(history.days).toHaveLength(7);
    expect(history.total[0]?.status).toBe('available');
    await history.show('weeks');
    expect(history.weeks.length).toBeGreaterThan(2);
  });

  it('asks for the weeks that it shows, and knows that there are earlier ones', async () => {
    const host = fakeHost({ scene: 'years', now: () => NOW });
    const history = new History(new Session(host), () => NOW);
    await history.load();
    expect(host.program.history).toHaveLength(73_000);
    // Monday's forty, and the one that lasts.
    expect(history.intervals).toHaveLength(41);
    expect(history.hasEarlier).toBe(true);
    await history.go(-1);
    expect(history.intervals).toHaveLength(280);
    expect(history.days.map((day) => day.strip.pieces.length)).toEqual([40, 40, 40, 40, 40, 40, 40]);
    await history.show('weeks');
    expect(history.intervals).toHaveLength(41 + 7 * 280);
    expect(history.weeks).toHaveLength(8);
  });

  it('reaches the oldest week and goes no further', async () => {
    const history = new History(session('years'), () => NOW);
    await history.load();
    await history.go(-260);
    expect([history.hasEarlier, (history.intervals ?? []).length > 0]).toEqual([true, true]);
    await history.go(-1);
    expect([history.hasEarlier, (history.intervals ?? []).length > 0]).toEqual([false, true]);
  });

  it('shows the last week asked for, however quickly the pages are turned', async () => {
    const history = new History(session('workday'), () => NOW);
    await history.load();
    const { week } = history;
    const turns = [history.go(-1), history.go(-1), history.go(1)];
    expect(history.week).toBe(week);
    await Promise.all(turns);
    expect(history.week).toBe(addDays(week, -7));
    expect(history.days).toHaveLength(7);
  });

  it('exports years page by page, with what was corrected', async () => {
    const host = fakeHost({ scene: 'years', now: () => NOW });
    const first = host.program.history[0]!;
    host.program.corrections = [{ from: first.start, to: first.end!, status: 'meal', reason: 'so, "yes"', at: first.end! }];
    const asked: unknown[] = [];
    const counted = { ...host, ask: (request: Request) => (asked.push(request), host.ask(request)) };
    const history = new History(new Session(counted), () => NOW);
    await history.export(true);
    expect(asked).toHaveLength(74);
    const rows = host.program.saved?.text.split('\r\n') ?? [];
    expect(rows).toHaveLength(73_000 + 3);
    expect(rows[1]).toContain(',meal,meal,manual,,,available,"so, ""yes""",');
    expect([history.saved, history.saving]).toEqual(['Saved as /home/ada/Downloads/halo-history.csv.', false]);
  });

  it('exports the weeks that are shown, unless everything is asked for', async () => {
    const host = fakeHost({ scene: 'years', now: () => NOW });
    const history = new History(new Session(host), () => NOW);
    const rows = async (all?: boolean) => {
      await history.export(all);
      return (host.program.saved?.text.split('\r\n').length ?? 0) - 2;
    };
    await history.load();
    expect(await rows()).toBe(41);
    await history.go(-1);
    expect(await rows()).toBe(280);
    await history.show('weeks');
    expect(await rows()).toBe(41 + 7 * 280);
    expect(await rows(true)).toBe(73_001);
  });

  it('says why nothing was saved, and what to do', async () => {
    const host = fakeHost({ scene: 'workday', now: () => NOW });
    const history = new History(new Session(host), () => NOW);
    for (const [why, words] of [['missing', 'doesn’t exist'], ['denied', 'you can’t save in'], ['full', 'Free some space'], ['failed', 'Try again']] as const) {
      host.program.savesTo = { why, folder: '/home/ada/Downloads' };
      await history.export(true);
      expect(history.saved).toBeNull();
      expect(history.unsaved).toContain(words);
      if (why !== 'failed') expect(history.unsaved).toContain('/home/ada/Downloads');
    }
    const lost = new History(session('connecting'), () => NOW);
    await lost.export();
    expect(lost.unsaved).toContain('can’t be reached');
  });

  it('exports what a spreadsheet neither computes nor breaks', () => {
    const row = { status: 'meal', primary: 'meal', source: 'manual', detail: null, start: 'a', end: null } as const;
    expect(csv([{ ...row, message: '=1+1' }, { ...row, message: 'so, "yes"\nno' }])).toBe(
      'start,end,status,primary,source,detail,message,correction_was,correction_reason,corrected_at\r\na,,meal,meal,manual,,\'=1+1,,,\r\na,,meal,meal,manual,,"so, ""yes""\nno",,,\r\n',
    );
  });
});

describe('a correction', () => {
  const at = (clock: string) => new Date(`2026-11-23T${clock}`).getTime();
  const piece: Piece = { status: 'away', label: 'Away', glyph: 'away', color: 'yellow', start: at('10:00:13'), end: at('11:30:40'), lasts: false, from: 0, part: 1 };
  const form = formOf(piece, [{ status: 'available' }, { status: 'away' }]);

  it('begins with the stretch as it is, and keeps its seconds where a time is left alone', () => {
    expect(form).toEqual({ status: 'away', from: '10:00', to: '11:30', reason: '' });
    const filled = { ...form, status: 'meeting', reason: 'Lund' };
    expect(correctionOf(filled, piece)).toEqual({ correct: { from: new Date(piece.start).toISOString(), to: new Date(piece.end).toISOString(), status: 'meeting', reason: 'Lund' } });
    expect(correctionOf({ ...filled, to: '11:00' }, piece)).toMatchObject({ correct: { to: new Date(at('11:00:00')).toISOString() } });
    expect(correctionOf({ ...filled, to: '00:00' }, piece)).toMatchObject({ correct: { to: new Date(addDays(at('00:00'), 1)).toISOString() } });
  });

  it('of what has no name takes the first status', () => {
    expect(formOf({ ...piece, status: 'unknown' }, [{ status: 'available' }]).status).toBe('available');
  });

  it('needs both of its times', () => {
    expect(correctionOf({ ...form, from: '' }, piece)).toBeNull();
    expect(correctionOf({ ...form, to: 'x' }, piece)).toBeNull();
  });

  it('is shown with what it was and why, and splits what it covers in part', async () => {
    const host = fakeHost({ scene: 'corrected', now: () => NOW });
    const history = new History(new Session(host), () => NOW);
    await history.load();
    const monday = history.days[0];
    const marked = monday?.strip.pieces.filter((piece) => piece.corrected) ?? [];
    expect(marked.map(({ status, corrected }) => [status, corrected?.was])).toEqual([['training', 'Meeting'], ['training', 'Available'], ['meeting', 'Available'], ['meeting', 'Away'], ['meeting', 'Available'], ['meeting', 'Meal']]);
    expect(monday?.corrected).toBe(6);
    expect(history.statuses.map((one) => one.status)).toContain('offline');
    const refused = new Attempt(new Session(host));
    expect(await refused.run({ correct: { from: new Date(NOW).toISOString(), to: new Date(NOW + 1).toISOString(), status: 'meal', reason: 'x' } })).toBe(false);
    expect(refused.refused).toContain('at the latest now');
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
      { ...base, part: 'call', name: 'd', state: 'absent', chosen: false },
    ]);
    expect(groups.map(({ name, well }) => [name, well])).toEqual([['Time without input', true], ['Tray', false], ['Calls', true]]);
    expect(groups[0]?.checks[0]?.name).toBe('b');
  });
});
