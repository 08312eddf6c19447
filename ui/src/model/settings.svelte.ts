/** The settings page: one value at a time, each with the words that a wrong one gets. */
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
  values = $state.raw<Record<string, string>>({});
  /** What a value is one of, by key. */
  allowed = $state.raw<Record<string, readonly string[]>>({});
  loaded = $state(false);
  /** Why a value was refused, by key. */
  refused = $state.raw<Record<string, string>>({});
  /** The key that was saved last: said once. */
  saved = $state<string | null>(null);
  #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async load(): Promise<void> {
    const reply = await this.#session.ask({ settings: { key: null } });
    const { all: _, ...others } = this.refused;
    this.refused = 'refused' in reply ? { ...others, all: reply.refused.words } : others;
    if (!('settings' in reply)) return;
    this.allowed = Object.fromEntries(reply.settings.map((setting) => [setting.key, setting.allowed]));
    this.values = Object.fromEntries(reply.settings.map((setting) => [setting.key, setting.value]));
    this.loaded = true;
  }

  /** Whether the resident program knows such a setting: an older one may not. */
  has(key: string): boolean {
    return key in this.values;
  }

  async save(key: string, value: string): Promise<void> {
    if (this.values[key] === value && !(key in this.refused)) return;
    const reply = await this.#session.do({ configure: { key, value } });
    const { [key]: _, ...others } = this.refused;
    if ('refused' in reply) {
      this.saved = null;
      this.refused = { ...others, [key]: reply.refused.words };
      return;
    }
    this.refused = others;
    this.saved = key;
    // As the resident program spells it, which may differ from what was typed.
    await this.load();
  }
}
