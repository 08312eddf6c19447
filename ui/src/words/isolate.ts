/** Words of either direction inside a sentence: they must not pull the words around them along. */

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const LEFT_TO_RIGHT = /[A-Za-z\u00c0-\u058f\u0900-\ufb1c]/;
const MARKS = /[\u202a-\u202e\u2066-\u2069]/g;

/** Embeddings and overrides go; isolates are closed, and none is closed that isn't open: nothing reaches beyond. */
function tamed(value: string): string {
  let open = 0;
  const kept = value.replace(MARKS, (mark) => {
    if (mark < '\u2066' || (mark === '\u2069' && open === 0)) return '';
    open += mark === '\u2069' ? -1 : 1;
    return mark;
  });
  return kept + '\u2069'.repeat(open);
}

export function isolated(value: string, direction: 'ltr' | 'rtl'): string {
  const calm = tamed(value);
  return (direction === 'ltr' ? RIGHT_TO_LEFT : LEFT_TO_RIGHT).test(calm) ? `\u2068${calm}\u2069` : calm;
}
