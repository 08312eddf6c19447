/**
 * English as no language writes it: accents on the letters, a third longer, in brackets. What stands outside of them on a
 * screen doesn't come from the catalogue, and what is cut here would be cut in another language.
 */
import type { Tree } from '../words/language.svelte';

const LETTERS: Record<string, string> = {
  a: 'á', b: 'ƀ', c: 'ç', d: 'ð', e: 'é', f: 'ƒ', g: 'ĝ', h: 'ĥ', i: 'í', j: 'ĵ', k: 'ķ', l: 'ļ', m: 'ɱ', n: 'ñ', o: 'ó', p: 'þ', q: 'ǫ', r: 'ŕ', s: 'š', t: 'ţ', u: 'ú', v: 'ṽ', w: 'ŵ', x: 'ẋ', y: 'ý', z: 'ž',
};
const LONGER = 0.35;

function strange(text: string): string {
  let owed = 0;
  const letters = [...text].map((letter) => {
    const low = letter.toLowerCase();
    const other = LETTERS[low];
    if (other === undefined) return letter;
    owed += LONGER;
    const drawn = letter === low ? other : other.toUpperCase();
    // What is owed is paid with vowels, which a word can be stretched by.
    if (!'aeiouy'.includes(low) || owed < 1) return drawn;
    const more = Math.floor(owed);
    owed -= more;
    return drawn + other.repeat(more);
  });
  return letters.join('');
}

/** Holes stay, and so do words that are nothing but one. */
function entry(text: string): string {
  if (/^\{\w+\}$/.test(text)) return text;
  return `⟦${text.split(/(\{\w+\})/).map((part) => (part.startsWith('{') ? part : strange(part))).join('')}⟧`;
}

export function pseudo(words: Tree): Tree {
  const read = (tree: Tree): Tree => Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, typeof value === 'string' ? entry(value) : read(value)]));
  return { ...read(words), language: words['language'] ?? {} };
}
