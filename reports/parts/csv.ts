/** What a spreadsheet would run as a formula. */
const formulaStart = /^[=+\-@\t\r]/;

function toCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = String(value);
  const safe = formulaStart.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * CSV with a header row (RFC 4180, CRLF). Texts that a spreadsheet would read as a formula get a leading apostrophe; numbers stay
 * numbers.
 */
export function toCsv<Row extends object>(
  columns: readonly (keyof Row & string)[],
  rows: readonly Row[],
): string {
  const lines = [
    columns.join(','),
    ...rows.map((row) => columns.map((column) => toCell(row[column])).join(',')),
  ];
  return `${lines.join('\r\n')}\r\n`;
}
