import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Link } from '../platform';
import type { Intent } from '../protocol/Intent';
import type { WindowView } from '../protocol/WindowView';
import { fakeHost } from './fake';

const NOON = new Date('2026-11-24T12:14:00').getTime();

function open(scene: string) {
  const host = fakeHost({ scene });
  const seen: { view: WindowView | null; link: Link | null } = { view: null, link: null };
  host.watch((view) => (seen.view = view), (link) => (seen.link = link));
  return {
    host,
    act: (intent: Intent) => host.ask({ do: intent }),
    view: () => seen.view as WindowView,
    link: () => seen.link,
    line: () => `${seen.view?.presence.label} ${seen.view?.line.map((words) => words.text).join('')}`,
  };
}

describe('the fake program', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOON });
    return () => vi.useRealTimers();
  });

  it('says why the system acted and takes it back', async () => {
    const { act, view, line } = open('away-locked');
    await vi.advanceTimersByTimeAsync(1);
    expect(line()).toBe('Away since 12:00, because the screen was locked. Back to Available when you return.');
    expect(view().undo).toBe('Undo: show Available');
    expect(await act('undo')).toEqual({ done: null });
    expect(view().presence.label).toBe('Available');
    expect(view().today.at(-2)).toMatchObject({ status: 'away', source: 'lock' });
    expect(await act('undo')).toMatchObject({ refused: { words: 'there is nothing to undo' } });
  });

  it('ends a timed choice by itself, and an undo brings it back without end', async () => {
    const { act, view, line } = open('workday');
    await act({ set: { status: 'meeting', lasts: { for: 1800 }, message: null } });
    expect(line()).toBe('Meeting since 12:14, chosen by you. Until 12:44, then Available.');
    expect(view().back).toBe('Back to Available');
    await vi.advanceTimersByTimeAsync(30 * 60_000 + 1);
    expect(view().presence.status).toBe('available');
    expect(view().undo).toBe('Undo: Meeting again');
    await act('undo');
    expect(view().presence).toMatchObject({ status: 'meeting', until: null });
  });

  it('gives a status its own duration, another end, and none', async () => {
    const { act, view } = open('workday');
    await act({ set: { status: 'meal', lasts: null, message: null } });
    expect(view().presence.until).toBe(new Date(NOON + 1_800_000).toISOString());
    await act({ set_end: { lasts: { for: 900 } } });
    expect(view().presence.until).toBe(new Date(NOON + 900_000).toISOString());
    await act({ set_end: { lasts: null } });
    expect(view().presence).toMatchObject({ status: 'meal', until: null });
  });

  it('counts down to Away, and stays', async () => {
    const first = open('countdown');
    await vi.advanceTimersByTimeAsync(25_001);
    expect(first.view().presence.label).toBe('Away (Idle)');
    const second = open('countdown');
    await vi.advanceTimersByTimeAsync(5000);
    await second.act('stay');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(second.view().presence.label).toBe('Available');
    expect(second.view().countdown).toBeNull();
  });

  it('keeps messages, with their ends and those used lately', async () => {
    const { act, view } = open('workday');
    expect(await act({ message: { text: '  ', lasts: null } })).toHaveProperty('refused');
    expect(await act({ message: { text: 'x'.repeat(501), lasts: null } })).toHaveProperty('refused');
    await act({ message: { text: 'On\nthe train', lasts: { for: 60 } } });
    expect(view().message?.text).toBe('On the train');
    expect(view().recent_messages[0]).toBe('On the train');
    await vi.advanceTimersByTimeAsync(60_001);
    expect(view().message).toBeNull();
  });

  it('holds, snoozes, pauses and forgets', async () => {
    const { act, view, host } = open('meal');
    await vi.advanceTimersByTimeAsync(1);
    expect(view().held.map((held) => held.line)[1]).toBe('Missed call from +46 40 123 45');
    await act('clear_held');
    expect(view().held).toEqual([]);
    await act({ snooze: { lasts: { for: 60 } } });
    await act({ pause: { lasts: null } });
    expect([view().snoozed_until !== null, view().paused]).toEqual([true, { until: null }]);
    await act('resume');
    await vi.advanceTimersByTimeAsync(60_001);
    expect([view().snoozed_until, view().paused]).toEqual([null, null]);
    await act('delete_history');
    expect(await host.ask({ history: { since: null, until: null, limit: null } })).toMatchObject({ history: [{ status: 'meal', end: null }] });
  });

  it('refuses an end that has passed', async () => {
    const { act } = open('workday');
    expect(await act({ set: { status: 'busy', lasts: { until: new Date(NOON - 1).toISOString() }, message: null } })).toHaveProperty('refused');
  });

  it('does not connect where the scene says so', async () => {
    const { link, view } = open('connecting');
    await vi.advanceTimersByTimeAsync(10_000);
    expect([link(), view()]).toEqual(['connecting', null]);
  });
});
