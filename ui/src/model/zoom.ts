/** How large the page is drawn: by keys, as in a browser, and kept. */

const STEPS = [0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2];
const KEPT = 'halo.zoom';

export function kept(): number {
  const factor = Number(localStorage.getItem(KEPT));
  return STEPS.includes(factor) ? factor : 1;
}

/** The factor that a key asks for; `null`: it asks for none. */
export function zoomed({ key, ctrlKey, metaKey, altKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): number | null {
  if (!(ctrlKey || metaKey) || altKey) return null;
  // The plus sign shares its key with another one on most keyboards.
  const step = { '+': 1, '=': 1, '-': -1 }[key];
  const factor = key === '0' ? 1 : step === undefined ? undefined : (STEPS[STEPS.indexOf(kept()) + step] ?? kept());
  if (factor === undefined) return null;
  localStorage.setItem(KEPT, String(factor));
  return factor;
}
