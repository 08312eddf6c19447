/** A chord of keys as the settings spell it: `Ctrl+Alt+H`. */
type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey'>;

/** What a field of text needs for itself. */
const EDITING = /^Key[ACVXYZ]$/;

const NAMES: Record<string, string> = {
  Space: 'Space', Enter: 'Enter', Insert: 'Insert', Home: 'Home', End: 'End', PageUp: 'PageUp', PageDown: 'PageDown',
  ArrowUp: 'Up', ArrowDown: 'Down', ArrowLeft: 'Left', ArrowRight: 'Right', Pause: 'Pause', PrintScreen: 'Print',
};

/** By the key's place, so that Alt and Shift don't turn it into another letter; but a layout's own letter wins. */
function keyName({ key, code }: Pressed): string | null {
  if (/^[a-z]$/i.test(key)) return key.toUpperCase();
  const place = /^(?:Key([A-Z])|Digit(\d)|(F\d{1,2}))$/.exec(code);
  return place?.[1] ?? place?.[2] ?? place?.[3] ?? NAMES[code] ?? null;
}

/** The chord that is pressed; `null` if it is none, or one that the field or the system needs. */
export function chord(pressed: Pressed): string | null {
  const { ctrlKey, altKey, shiftKey, metaKey, code } = pressed;
  if (!ctrlKey && !altKey && !metaKey) return null;
  if (ctrlKey && !altKey && !shiftKey && !metaKey && EDITING.test(code)) return null;
  const name = keyName(pressed);
  if (name === null) return null;
  return [ctrlKey && 'Ctrl', altKey && 'Alt', shiftKey && 'Shift', metaKey && 'Super', name].filter(Boolean).join('+');
}
