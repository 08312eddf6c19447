/** A team's service in memory, as the fake program sees it: signing in, devices, people. */
import type { AccountView } from '../protocol/AccountView';
import type { Connection } from '../protocol/Connection';
import type { DeviceView } from '../protocol/DeviceView';
import type { Intent } from '../protocol/Intent';
import type { OthersSee } from '../protocol/OthersSee';
import type { PersonRow } from '../protocol/PersonRow';
import type { Reply } from '../protocol/Reply';
import { t, type AnyKey, type Values } from '../words/t';

const say = t as (key: AnyKey, values?: Values) => string;
const said = (words: string) => ({ line: words, words });
const refusal = (words: string): Reply => ({ refused: said(words) });
const done: Reply = { done: null };

/** What a directory is searched by: letters without their marks, large or small. */
const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

export type FakePerson = Omit<PersonRow, 'status_label' | 'initials' | 'free'>;

export class FakeTeam {
  account: Omit<AccountView, 'fault' | 'details' | 'signed_out'> | null = null;
  /** Why the service is out of reach, or why it signed the device out. */
  unreachable: string | null = null;
  ended: string | null = null;
  /** The status that was asked for meanwhile. */
  asked: string | null = null;
  directory: FakePerson[] = [];
  devices: DeviceView[] = [];
  #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get connection(): Connection {
    if (this.account === null) return 'embedded';
    return this.ended !== null ? 'signed_out' : this.unreachable !== null ? 'reconnecting' : 'online';
  }

  /** Its part of the view. */
  view(): { connection: Connection; account: AccountView | null; asked: string | null; others_see: OthersSee | null; people: PersonRow[] } {
    const { account, connection } = this;
    const fault = connection === 'signed_out' ? say('team.signed_out', { service: account?.service ?? '' }) : connection === 'reconnecting' ? say('team.unreachable', { service: account?.service ?? '' }) : null;
    return {
      connection,
      account: account && { ...account, fault, details: this.ended ?? this.unreachable, signed_out: this.ended !== null },
      asked: fault !== null && this.asked !== null ? say('team.asked', { status: say(`primary.${this.asked}` as AnyKey) }) : null,
      others_see: connection === 'reconnecting' ? { status: 'offline', label: say('primary.offline'), since: new Date(this.#now() - 4 * 60_000).toISOString() } : null,
      people: account ? this.directory.filter((one) => one.favourite || one.tell_when_free).map(row) : [],
    };
  }

  people(search: string): Reply {
    const no = this.#apart();
    if (no) return no;
    const words = plain(search).split(/\s+/).filter(Boolean);
    return { people: this.directory.filter((one) => words.every((word) => plain(`${one.label} ${one.name} ${one.group ?? ''}`).includes(word))).map(row) };
  }

  list(): Reply {
    return this.#apart() ?? { devices: this.devices };
  }

  /** What an intent of the team's comes to; `null`: it is none. */
  act(intent: Intent): Reply | null {
    if (intent === 'sign_out') {
      if (this.account === null) return refusal('you are not signed in to a service');
      [this.account, this.unreachable, this.ended, this.asked] = [null, null, null, null];
      return done;
    }
    if (typeof intent === 'string') return null;
    if ('sign_in' in intent) return this.#signIn(intent.sign_in);
    if ('revoke' in intent) {
      const gone = this.devices.find((one) => one.id === intent.revoke.device);
      if (!gone) return this.#apart() ?? refusal('there is no such device: it may be signed out already');
      this.devices = this.devices.filter((one) => one !== gone);
      return done;
    }
    if ('favourite' in intent) return this.#mark(intent.favourite.person, { favourite: intent.favourite.on });
    if ('tell_when_free' in intent) return this.#mark(intent.tell_when_free.person, { tell_when_free: intent.tell_when_free.on });
    return null;
  }

  #signIn({ service, name, password, this_run_only }: { service: string; name: string; password: string; this_run_only: boolean }): Reply {
    if (!/^https:\/\/[^/\s]+$/.test(service)) return refusal(`“${service}” is no address of a service: it must be like https://presence.example`);
    if (password === 'wrong') return refusal('the name or the password is wrong: correct it and try again');
    if (service === 'https://nokeyring.example' && !this_run_only) return { no_keyring: said('there is no keyring on this computer that could keep the token') };
    this.account = { service, name, this_run_only };
    this.unreachable = this.ended = null;
    const at = new Date(this.#now()).toISOString();
    this.devices = [{ id: 'here', label: 'ada-desktop', since: at, seen: at, connected: true, this: true }, ...this.devices.filter((one) => !one.this)];
    return done;
  }

  #mark(person: string, mark: { favourite: boolean } | { tell_when_free: boolean }): Reply {
    if (this.account === null) return refusal('you are not signed in to a service');
    if (!this.directory.some((one) => one.name === person)) return refusal(`there is nobody called “${person}”`);
    this.directory = this.directory.map((one) => (one.name === person ? { ...one, ...mark } : one));
    return done;
  }

  #apart(): Reply | null {
    if (this.account === null) return refusal('you are not signed in to a service');
    return this.connection === 'online' ? null : refusal(`${this.account.service} can’t be reached just now: try again in a moment`);
  }
}

function row(one: FakePerson): PersonRow {
  const words = one.label.split(/\s+/).filter(Boolean);
  const initials = [words[0], words.length > 1 ? words.at(-1) : ''].map((word) => [...(word ?? '')][0] ?? '').join('').toUpperCase();
  const free = one.color === 'green' && !one.activity.on_call;
  return { ...one, initials, free, status_label: say(`primary.${one.status}` as AnyKey) };
}
