/** How a status looks: shape first, colour second. */
import type { ChoiceView } from '../protocol/ChoiceView';
import type { Color } from '../protocol/Color';
import type { Glyph } from '../protocol/Glyph';
import { maybe } from '../words/t';

/** A glyph that can be drawn: the protocol's, and two for what isn't known. */
export type Drawn = Glyph | 'unknown' | 'not_connected';

/** The ring's shape: all around, three quarters, thin, dashed, or open where the arrow leaves. */
export type Shape = 'full' | 'part' | 'hollow' | 'dashed' | 'open';

/** What a stretch of time is filled with. */
export type Pattern = 'plain' | 'bars' | 'dots' | 'cross' | 'upright' | 'stripes' | 'counter' | 'chevrons' | 'wide' | 'none';

export interface Look {
  status: string;
  label: string;
  glyph: Drawn;
  color: Color;
}

const SHAPES: Record<Drawn, Shape> = {
  available: 'full', on_queue: 'full', busy: 'full', meeting: 'full', conference: 'full', do_not_disturb: 'full',
  away: 'part', inactive: 'part', tentative: 'part', break: 'part', meal: 'part', training: 'part',
  out_of_office: 'open', out_of_office_offline: 'open', offline: 'hollow', unknown: 'dashed', not_connected: 'dashed',
};

const PATTERNS: Record<Drawn, Pattern> = {
  available: 'plain', on_queue: 'plain', busy: 'bars', meeting: 'dots', conference: 'dots', do_not_disturb: 'cross',
  away: 'plain', inactive: 'upright', tentative: 'upright', break: 'counter', meal: 'stripes', training: 'chevrons',
  out_of_office: 'wide', out_of_office_offline: 'wide', offline: 'none', unknown: 'none', not_connected: 'none',
};

export const shape = (glyph: Drawn): Shape => SHAPES[glyph];
export const pattern = (glyph: Drawn): Pattern => PATTERNS[glyph];

/** The class that sets `--color`. Do not disturb has a red of its own. */
export const tone = (glyph: Drawn, color: Color): string => (glyph === 'do_not_disturb' ? 'deep-red' : color);

const COLORS: Record<string, Color> = {
  available: 'green', on_queue: 'green', free: 'green', busy: 'red', meeting: 'red', conference: 'red', do_not_disturb: 'red',
  away: 'yellow', inactive: 'yellow', tentative: 'yellow', break: 'yellow', meal: 'yellow', training: 'yellow',
  out_of_office: 'pink',
};

/** The look of a status that is known by its id only, as in the history: the catalogue's, else its primary's. */
export function lookOf(status: string, primary: string, choices: readonly ChoiceView[]): Look {
  const all = choices.flatMap((choice) => [choice, ...choice.secondary]);
  const known = all.find((choice) => choice.id === status);
  if (known) return { status, label: known.label, glyph: known.glyph, color: known.color };
  const glyph = primary === 'free' ? 'available' : primary in SHAPES ? (primary as Drawn) : 'unknown';
  const label = maybe(`primary.${status}`) ?? maybe(`primary.${primary}`) ?? status;
  return { status, label, glyph, color: COLORS[primary] ?? 'gray' };
}

/** The look of a stretch: one that nobody can vouch for is unknown, whatever glyph stands in for it. */
export function stretchLook(stretch: { status: string; label: string; glyph: Glyph; color: Color }): Look {
  return { ...stretch, glyph: stretch.status === 'unknown' ? 'unknown' : stretch.glyph };
}
