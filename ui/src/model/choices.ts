/** Many statuses: finding one by its name, in a field or by typing where the focus is. */
import type { ChoiceView } from '../protocol/ChoiceView';

/** So many can be taken in at a glance; with more, a field to find one is worth its room. */
const MANY = 24;

/** Without case and without accents, so that `stand` finds *Stånd*. */
const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();

export function isLong(choices: readonly ChoiceView[]): boolean {
  return choices.reduce((sum, choice) => sum + 1 + choice.secondary.length, 0) > MANY;
}

/** The statuses that are called like this, each under its primary. */
export function find(choices: readonly ChoiceView[], text: string): readonly ChoiceView[] {
  const wanted = plain(text);
  if (wanted === '') return choices;
  const fits = (choice: ChoiceView) => plain(choice.label).includes(wanted);
  return choices.flatMap((choice) => {
    const secondary = choice.secondary.filter(fits);
    return fits(choice) || secondary.length > 0 ? [{ ...choice, secondary }] : [];
  });
}

/** Letters typed in quick succession are the beginning of a name. */
export class TypeAhead {
  #typed = '';
  #last = 0;

  /** Whether this key is one of them. A space never is: it chooses. */
  takes({ key, ctrlKey, altKey, metaKey, timeStamp }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey' | 'timeStamp'>): boolean {
    if (timeStamp - this.#last > 1000) this.#typed = '';
    if ([...key].length !== 1 || key === ' ' || ctrlKey || altKey || metaKey) return false;
    this.#last = timeStamp;
    this.#typed += plain(key);
    return true;
  }

  /** The next name that begins so, from where the focus is on; one letter again and again goes from name to name. */
  next(names: readonly string[], at: number): number {
    const again = new Set(this.#typed).size === 1;
    const wanted = again ? this.#typed.charAt(0) : this.#typed;
    const from = again ? at + 1 : at;
    for (let n = 0; n < names.length; n += 1) {
      const one = (from + n) % names.length;
      if (plain(names[one] ?? '').startsWith(wanted)) return one;
    }
    return at;
  }
}
