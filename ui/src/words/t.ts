/** The words, typed: `t('held.older', { count: 2 })`. A wrong key doesn't compile. */
import type en from '../../../words/en.json';
import { isolated } from './isolate';
import { spoken, type Tree } from './language.svelte';
import type { RESIDENT } from './sections';

type Keys<T, Path extends string = ''> = {
  [K in keyof T & string]: T[K] extends string | { other: string } ? `${Path}${K}` : Keys<T[K], `${Path}${K}.`>;
}[keyof T & string];

/** A key of the whole catalogue. */
export type AnyKey = Keys<typeof en>;
/** A key of the window's part of it. */
export type Key = Keys<Omit<typeof en, (typeof RESIDENT)[number]>>;
export type Values = Record<string, string | number>;

function entry(key: string): string | Tree | undefined {
  let at: string | Tree | undefined = spoken()?.words;
  for (const name of key.split('.')) at = typeof at === 'object' ? at[name] : undefined;
  return at;
}

/** Of the forms that the language has, the one for this many. */
function form(forms: Tree, count: number): string {
  const found = forms[spoken()?.plural.select(count) ?? 'other'] ?? forms['other'];
  return typeof found === 'string' ? found : '';
}

/** The words under a key, with `{name}` replaced; a plural is chosen by `count`. */
export function t(key: Key, values: Values = {}): string {
  const found = entry(key) ?? key;
  const text = typeof found === 'string' ? found : form(found, Number(values['count']));
  const direction = spoken()?.direction ?? 'ltr';
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => isolated(String(values[name] ?? hole), direction));
}

/** The words before and after a hole, where what fills it needs an element of its own. */
export function around(key: Key, hole: string): [before: string, after: string] {
  const [before = '', after = ''] = t(key, { [hole]: '\0' }).split('\0');
  return [before, after];
}

/** The words under a key that is known only at run time, if there are some. */
export function maybe(key: string): string | null {
  const found = entry(key);
  return typeof found === 'string' ? found : null;
}
