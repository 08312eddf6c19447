/** The language that the window speaks: one at a time, each a chunk of its own, so that a start loads one. */

/** Sections in sections; plurals are sections, too. */
export interface Tree {
  [name: string]: string | Tree;
}

export interface Language {
  tag: string;
  words: Tree;
  direction: 'ltr' | 'rtl';
  plural: Intl.PluralRules;
  dates: Intl.DateTimeFormat;
  percent: Intl.NumberFormat;
}

const sources = import.meta.glob<Tree>('../../../words/*.json', { import: 'default' });

/** How to get at the words of each language, by its tag. A test may add one. */
export const catalogues: Record<string, () => Promise<Tree>> = Object.fromEntries(
  Object.entries(sources).map(([path, load]) => [path.slice(path.lastIndexOf('/') + 1, -'.json'.length), load]),
);

let current = $state.raw<Language | null>(null);
let wanted = '';
let coming: Promise<void> = Promise.resolve();

/** What is spoken now; `null` until the first words have come. Whoever renders by it renders anew when it changes. */
export const spoken = (): Language | null => current;

/** Speaks a language from now on, as soon as its words have come; of several asked for, the last one. */
export function speak(tag: string): Promise<void> {
  const known = match([tag]);
  if (known !== wanted) {
    wanted = known;
    coming = take(known);
  }
  return coming;
}

/** The first of some tags that there are words for, with or without its region. */
export function match(tags: readonly string[]): string {
  const found = tags.flatMap((tag) => [tag, tag.replace(/-.*/, '')]).find((tag) => tag in catalogues);
  return found ?? 'en';
}

/** What the surroundings speak: all there is to go by until the resident program has said. */
export const ofSurroundings = (): string => match(preferred());

const preferred = (): readonly string[] => globalThis.navigator?.languages ?? [];

async function take(tag: string): Promise<void> {
  try {
    const words = await catalogues[tag]?.();
    if (words && wanted === tag) current = understood(tag, words);
  } catch {
    // What is spoken goes on; the next view asks again.
    if (wanted === tag) wanted = '';
  }
}

function understood(tag: string, words: Tree): Language {
  const { direction } = words['language'] as { direction: Language['direction'] };
  // Of the person's region, for the order of day and month; with the digits of the tray, which are the same everywhere.
  const locale = `${preferred().find((one) => one.replace(/-.*/, '') === tag) ?? tag}-u-nu-latn`;
  return {
    tag, words, direction,
    plural: new Intl.PluralRules(locale),
    dates: new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' }),
    percent: new Intl.NumberFormat(locale, { style: 'percent' }),
  };
}
