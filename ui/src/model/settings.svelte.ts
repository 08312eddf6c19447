/** The settings page: one value at a time, each with the words that a wrong one gets. */
import type { Reply } from '../protocol/Reply';
import type { Setting } from '../protocol/Setting';
import type { Session } from './session.svelte';

export const UNITS = { s: 1, m: 60, h: 3600 } as const;
export type Unit = keyof typeof UNITS;

/** `90s`, `5m`, `1h30m` as a number in the largest unit that keeps it whole. */
export function readDuration(text: string): { amount: number; unit: Unit } {
  const seconds = [...text.matchAll(/(\d+)\s*([hms])/g)].reduce((sum, [, n, unit]) => sum + Number(n) * UNITS[unit as Unit], 0);
  const unit = (['h', 'm'] as const).find((unit) => seconds > 0 && seconds % UNITS[unit] === 0) ?? 's';
  return { amount: seconds / UNITS[unit], unit };
}

/** `400 days`, `for ever` as a number of days; `null`: for ever. */
export function readDays(text: string): number | null {
  const found = /\d+/.exec(text);
  return found ? Number(found[0]) : null;
}

/** `available, busy` as ids. */
export const readList = (text: string): string[] => text.split(',').map((one) => one.trim()).filter(Boolean);

/** What a list shows is what holds, whichever rows it has: this weighs less than a binding. */
export const shows = (list: HTMLSelectElement, chosen: string, _rows?: unknown): void => void (list.value = chosen);

export class Settings {
  /** All, by key; `null` until they came. An older resident program may not know some of them. */
  all = $state.raw<Partial<Record<string, Setting>> | null>(null);
  /** Why a value was refused, by key; nothing where it was not. */
  refused = $state.raw<Record<string, string>>({});
  /** The key that was saved last: said once. */
  saved = $state<string | null>(null);
  #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async load(): Promise<void> {
    const reply = await this.#session.ask({ settings: { key: null } });
    this.#note('all', reply);
    if (!('settings' in reply)) return;
    this.all = Object.fromEntries(reply.settings.map((setting) => [setting.key, setting]));
  }

  async save(key: string, value: string): Promise<void> {
    if (this.all?.[key]?.value === value && !this.refused[key]) return;
    const reply = await this.#session.do({ configure: { key, value } });
    this.#note(key, reply);
    this.saved = 'refused' in reply ? null : key;
    // As the resident program spells it, which may differ from what was typed.
    if (this.saved) await this.load();
  }

  #note(key: string, reply: Reply): void {
    this.refused = { ...this.refused, [key]: 'refused' in reply ? reply.refused.words : '' };
  }
}
