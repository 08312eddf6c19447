/** What the window says, in every language: each key, each hole, each form of a plural. */
import { describe, expect, it } from 'vitest';
import en from '../../../words/en.json';
import { catalogues, type Tree } from './language.svelte';

type Entries = Map<string, Tree | string>;

function entries(tree: Tree, path = '', found: Entries = new Map()): Entries {
  for (const [name, value] of Object.entries(tree)) {
    if (typeof value === 'string' || 'other' in value) found.set(path + name, value);
    else entries(value, `${path}${name}.`, found);
  }
  return found;
}

const holes = (entry: Tree | string): string[] => [...new Set(JSON.stringify(entry).match(/\{\w+\}/g) ?? [])].sort();
const english = entries(en);

describe.each(Object.keys(catalogues).filter((tag) => tag !== 'en'))('the words in %s', (tag) => {
  it('are there, with the same holes and the forms that the language needs', async () => {
    const words = entries((await catalogues[tag]?.()) ?? {});
    expect([...words.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [key, entry] of english) expect({ key, holes: holes(words.get(key) ?? '') }).toEqual({ key, holes: holes(entry) });
    const needed = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
    for (const [key, entry] of words) if (typeof entry === 'object') expect({ key, forms: needed.filter((form) => !(form in entry)) }).toEqual({ key, forms: [] });
  });
});
