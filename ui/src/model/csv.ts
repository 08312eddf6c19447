/** The history as a table for other programs: RFC 4180, and safe to open in a spreadsheet. */
import type { Interval } from '../protocol/Interval';

const COLUMNS = ['start', 'end', 'status', 'primary', 'source', 'detail', 'message'] as const;

function cell(value: string | null): string {
  if (value === null) return '';
  // A spreadsheet would compute what begins like this; people's words are to stay words.
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export function csv(intervals: readonly Interval[]): string {
  const rows = intervals.map((interval) => COLUMNS.map((column) => cell(interval[column])).join(','));
  return [COLUMNS.join(','), ...rows, ''].join('\r\n');
}
