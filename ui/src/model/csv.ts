/** The history as a table for other programs: RFC 4180, and safe to open in a spreadsheet. */
import type { Interval } from '../protocol/Interval';

const COLUMNS = ['start', 'end', 'status', 'primary', 'source', 'detail', 'message'] as const;

/** Empty where nothing was corrected. */
const CORRECTION = ['was', 'reason', 'at'] as const;

const HEAD = [...COLUMNS, 'correction_was', 'correction_reason', 'corrected_at'];

function cell(value: string | null | undefined): string {
  if (value === null || value === undefined) return '';
  // A spreadsheet would compute what begins like this; people's words are to stay words.
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export function csv(intervals: readonly Interval[]): string {
  const row = (interval: Interval) => [...COLUMNS.map((column) => interval[column]), ...CORRECTION.map((column) => interval.correction?.[column])];
  return [HEAD.join(','), ...intervals.map((interval) => row(interval).map(cell).join(',')), ''].join('\r\n');
}
