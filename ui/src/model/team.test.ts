/** A team's service: what a sign-in answers, and what the fake one keeps. */
import { describe, expect, it } from 'vitest';
import { fakeHost } from '../platform/fake';
import type { Request } from '../protocol/Request';
import { Attempt, Session } from './session.svelte';

const NOW = new Date('2026-11-24T12:14:00').getTime();
const open = (scene: string) => {
  const host = fakeHost({ scene, now: () => NOW });
  const session = new Session(host);
  return { host, session, attempt: new Attempt(session), view: () => host.program.view() };
};
const sign_in = { service: 'https://presence.example', name: 'ada', password: 'a long and good one', this_run_only: false };

describe('signing in', () => {
  it('refuses a wrong password and an address that is none, in words', async () => {
    const { attempt, view } = open('workday');
    expect(await attempt.run({ sign_in: { ...sign_in, password: 'wrong' } })).toBe(false);
    expect([attempt.refused, attempt.offers]).toEqual([expect.stringContaining('password is wrong'), false]);
    expect(await attempt.run({ sign_in: { ...sign_in, service: 'presence' } })).toBe(false);
    expect([view().account, view().connection]).toEqual([null, 'embedded']);
    expect(await attempt.run({ sign_in })).toBe(true);
    expect([attempt.refused, view().account, view().connection]).toEqual([null, { service: 'https://presence.example', name: 'ada', this_run_only: false, fault: null, details: null, signed_out: false }, 'online']);
  });

  it('d08 offers this run only where no keyring keeps the token, and forgets the offer with the next try', async () => {
    const { attempt, view } = open('workday');
    const nowhere = { ...sign_in, service: 'https://nokeyring.example' };
    expect(await attempt.run({ sign_in: nowhere })).toBe(false);
    expect([attempt.offers, attempt.refused]).toEqual([true, expect.stringContaining('no keyring')]);
    expect(view().account).toBeNull();
    expect(await attempt.run({ sign_in: { ...nowhere, this_run_only: true } })).toBe(true);
    expect([attempt.offers, attempt.refused, view().account?.this_run_only]).toEqual([false, null, true]);
  });

  it('ends everywhere: here, and on one device of several', async () => {
    const { session, attempt, view } = open('team');
    const devices = async () => {
      const reply = await session.ask('devices');
      return 'devices' in reply ? reply.devices.map((one) => one.id) : reply;
    };
    expect(await devices()).toEqual(['here', 'laptop', 'old']);
    expect(await attempt.run({ revoke: { device: 'laptop' } })).toBe(true);
    expect(await devices()).toEqual(['here', 'old']);
    expect(await attempt.run({ revoke: { device: 'laptop' } })).toBe(false);
    expect(await attempt.run('sign_out')).toBe(true);
    expect([view().account, view().people]).toEqual([null, []]);
    expect(await devices()).toHaveProperty('refused');
    expect(await attempt.run('sign_out')).toBe(false);
  });
});

describe('people', () => {
  const found = async (session: Session, search: string) => {
    const reply = await session.ask({ people: { search } } satisfies Request);
    return 'people' in reply ? reply.people.map((one) => one.label) : reply;
  };

  it('g16 are found by any part of name or team, with or without marks', async () => {
    const { session } = open('team');
    expect(await found(session, 'TOMAS')).toEqual(['Tomás Rey']);
    expect(await found(session, 'malmo')).toEqual(['Ines Dupont', 'Tomás Rey', 'Aiko Sato', 'Omar Haddad']);
    expect(await found(session, 'rey malmö')).toEqual(['Tomás Rey']);
    expect(await found(session, 'nobody')).toEqual([]);
    expect(await found(session, '')).toHaveLength(9);
  });

  it('stand in the view as long as they are marked or awaited', async () => {
    const { attempt, view } = open('team-run');
    expect(view().people).toEqual([]);
    await attempt.run({ favourite: { person: 'jonas', on: true } }, { tell_when_free: { person: 'mara', on: true } });
    expect(view().people.map(({ name, favourite, tell_when_free }) => [name, favourite, tell_when_free])).toEqual([['mara', false, true], ['jonas', true, false]]);
    await attempt.run({ favourite: { person: 'jonas', on: false } }, { tell_when_free: { person: 'mara', on: false } });
    expect(view().people).toEqual([]);
    expect(await attempt.run({ favourite: { person: 'nobody', on: true } })).toBe(false);
  });

  it('out of reach: nobody is found, and what is asked for waits', async () => {
    const { session, attempt, view } = open('team-offline');
    expect(view().account?.fault).toBe("https://presence.example can’t be reached. Halo keeps trying.");
    expect(await found(session, 'mara')).toHaveProperty('refused');
    await attempt.run({ set: { status: 'meal', lasts: null, message: null } });
    expect([view().presence.status, view().asked]).toEqual(['available', 'Meal will be sent once you’re connected.']);
  });
});
