/** What languages call themselves, without loading their words. */

/** `Deutsch`, `Español`, `日本語`. */
export function ownName(tag: string): string {
  const name = new Intl.DisplayNames([tag], { type: 'language' }).of(tag.replace(/-.*/, '')) ?? tag;
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
}
