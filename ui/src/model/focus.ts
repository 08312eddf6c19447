/** Where the keyboard is after something that had the focus has gone. */

/**
 * Without a focus, WebKit takes no key at all until somebody clicks: no Tab, no letter. So there always is one: the status
 * that shows, else the page's heading.
 */
export function settle(): void {
  if (document.activeElement !== document.body) return;
  const place = document.querySelector<HTMLElement>('[role=radio][tabindex="0"]') ?? document.querySelector('main h1');
  if (place) focusOn(place);
}

/** Also on what no key reaches by itself. */
export function focusOn(place: HTMLElement): void {
  if (place.tabIndex < 0) place.tabIndex = -1;
  place.focus();
}
