/** A correction as it is filled in: hours of a day, turned into instants. */
import type { Intent } from '../protocol/Intent';
import { addDays, startOfDay, timeValue } from '../words/time';
import type { Piece } from './strip';

export interface Form {
  status: string;
  from: string;
  to: string;
  reason: string;
}

/** What stands in the form at first: the stretch as it is. */
export function formOf(piece: Piece, statuses: readonly { status: string }[]): Form {
  const known = statuses.find((one) => one.status === piece.status) ?? statuses[0];
  return { status: known?.status ?? piece.status, from: timeValue(piece.start), to: timeValue(piece.end), reason: '' };
}

/** What is to be asked for; `null` where a time is missing. All else that may be wrong the resident program tells. */
export function correctionOf(form: Form, piece: Piece): Intent | null {
  const day = startOfDay(piece.start);
  // A time that was left alone is the exact one, to the second; a new one is that minute.
  const from = form.from === timeValue(piece.start) ? piece.start : minute(form.from, day);
  let to = form.to === timeValue(piece.end) ? piece.end : minute(form.to, day);
  if (from === null || to === null) return null;
  // Midnight is the end of the day, too.
  if (to === day) to = addDays(day, 1);
  return { correct: { from: new Date(from).toISOString(), to: new Date(to).toISOString(), status: form.status, reason: form.reason } };
}

function minute(value: string, day: number): number | null {
  const found = /^(\d\d):(\d\d)/.exec(value);
  return found ? new Date(day).setHours(Number(found[1]), Number(found[2]), 0, 0) : null;
}
