/** A resident program that stops, comes back, or takes its time. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeHost } from '../platform/fake';
import { Attempt, Session } from './session.svelte';
import { Settings } from './settings.svelte';
import { Wait } from './wait.svelte';

const NOON = new Date('2026-11-24T12:14:00').getTime();

describe('a resident program', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOON });
    return () => vi.useRealTimers();
  });

  async function open(scene = 'workday') {
    const host = fakeHost({ scene });
    const session = new Session(host);
    session.start();
    await vi.advanceTimersByTimeAsync(1);
    return { host, session };
  }

  it('that stops is said after 300 ms, and what was said of that goes when it is back', async () => {
    const { host, session } = await open();
    const attempt = new Attempt(session);
    host.drop(2000);
    await vi.advanceTimersByTimeAsync(299);
    expect(session.late).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    expect(session.late).toBe(true);
    expect(await attempt.run('back')).toBe(false);
    expect(attempt.refused).toContain('can’t be reached');
    await vi.advanceTimersByTimeAsync(2000);
    expect([session.late, session.links, attempt.refused]).toEqual([false, 2, null]);
    expect(await attempt.run('back')).toBe(false);
    expect(attempt.refused).toContain('there is no choice to end');
  });

  it('that takes its time is waited for: nothing is sent twice, and other things can be done meanwhile', async () => {
    const { host, session } = await open();
    host.delay = 3000;
    const sent = vi.spyOn(host, 'ask');
    const [attempt, wait, other] = [new Attempt(session), new Wait(), new Wait()];
    const busy = () => attempt.run({ set: { status: 'busy', lasts: null, message: null } });
    const first = wait.until(busy);
    await vi.advanceTimersByTimeAsync(299);
    expect(wait.shown).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    expect(wait.shown).toBe(true);
    await wait.until(busy);
    const second = other.until(() => session.do('clear_held'));
    expect(sent).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(2000);
    expect(session.overdue).toBe(2);
    await vi.advanceTimersByTimeAsync(1000);
    await Promise.all([first, second]);
    expect([wait.shown, other.shown, session.overdue, session.view?.presence.status]).toEqual([false, false, 0, 'busy']);
  });

  it('of another version is started anew', async () => {
    const { session } = await open('mismatch');
    expect([session.link, session.view]).toEqual([{ mismatch: expect.stringContaining('version 2') as string }, null]);
    const restart = session.begin('restart');
    await vi.advanceTimersByTimeAsync(701);
    expect(await restart).toBe(true);
    expect([session.link, session.view?.presence.status]).toEqual(['connected', 'available']);
  });

  it('asks what a link wants, and does it only when told', async () => {
    const { session } = await open('proposal');
    expect(session.view?.proposal).toBe('Show Meeting for 45 min?');
    await session.do({ decide: { accept: false } });
    expect([session.view?.proposal, session.view?.presence.status]).toEqual([null, 'available']);
    const asked = await open('proposal');
    await asked.session.do({ decide: { accept: true } });
    expect(asked.session.view?.presence.status).toBe('meeting');
  });

  it('that is older knows fewer settings, and those are not shown', async () => {
    const { host, session } = await open();
    host.program.settings = host.program.settings.filter((setting) => setting.key !== 'shortcut');
    const settings = new Settings(session);
    await settings.load();
    expect(['shortcut', 'language'].map((key) => key in (settings.all ?? {}))).toEqual([false, true]);
  });

  it('says in which language the window speaks', async () => {
    const { session } = await open();
    expect(session.view?.language).toBe('en');
    await session.do({ configure: { key: 'language', value: 'de' } });
    await vi.advanceTimersByTimeAsync(1);
    await vi.waitFor(() => expect(session.view?.language).toBe('de'));
    await session.do({ configure: { key: 'language', value: 'en' } });
    await vi.waitFor(() => expect(session.view?.presence.label).toBe('Available'));
  });
});
