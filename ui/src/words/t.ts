/** The catalogue, typed: `t('held.count', { count: 2 })`. A wrong key doesn't compile. */
import en from './en.json';

type Plural = { one: string; other: string };
type Keys<T, Path extends string = ''> = {
  [K in keyof T & string]: T[K] extends string | Plural ? `${Path}${K}` : Keys<T[K], `${Path}${K}.`>;
}[keyof T & string];

export type Key = Keys<typeof en>;
export type Values = Record<string, string | number>;

const catalogue: unknown = en;

export const language = 'en';
export const direction = en.language.direction;

const plural = new Intl.PluralRules(language);

function entry(key: string): string | Plural | undefined {
  let at: unknown = catalogue;
  for (const name of key.split('.')) at = (at as Record<string, unknown> | undefined)?.[name];
  return at as string | Plural | undefined;
}

/** A label may be of another direction than the sentence: then it must not pull the words around it along. */
function isolated(value: string): string {
  const backwards = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(value);
  return backwards === (direction === 'rtl') ? value : `\u2068${value}\u2069`;
}

/** The words under a key, with `{name}` replaced; a plural is chosen by `count`. */
export function t(key: Key, values: Values = {}): string {
  const found = entry(key) ?? key;
  const text = typeof found === 'string' ? found : found[plural.select(Number(values['count'])) === 'one' ? 'one' : 'other'];
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => isolated(String(values[name] ?? hole)));
}

/** The words under a key that is known only at run time, if there are some. */
export function maybe(key: string): string | null {
  const found = entry(key);
  return typeof found === 'string' ? found : null;
}
