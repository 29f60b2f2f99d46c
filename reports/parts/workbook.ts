import type { Cell, SheetData } from 'write-excel-file/node';

/** What a column holds: dates and times become dates that a spreadsheet reckons with, and numbers of parcels stay text. */
export type ColumnKind = 'text' | 'number' | 'boolean' | 'date' | 'time';

export interface WorkbookColumn {
  name: string;
  kind: ColumnKind;
}

/** Dates as milliseconds since 1970, UTC. */
export type WorkbookValue = string | number | boolean | null;

export interface Sheet {
  /** At most 31 characters count. */
  name: string;
  columns: readonly WorkbookColumn[];
  rows: readonly (readonly WorkbookValue[])[];
}

/** What a sheet holds below its header row. */
export const mostSheetRows = 1_048_575;
const longestText = 32_767;

const formats = { date: 'yyyy-mm-dd', time: 'yyyy-mm-dd hh:mm:ss' } as const;

// What XML 1.0 cannot hold: a file with one of them does not open.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const halfPairs = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** A text as a cell takes it: it is typed as text, so that nothing in it is ever run as a formula. */
function writeText(value: WorkbookValue): Cell {
  const text = String(value).replace(unwritable, '').replace(halfPairs, '');
  return { value: text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text, type: String };
}

function writeCell(value: WorkbookValue, kind: ColumnKind): Cell {
  if (value === null) return null;
  if ((kind === 'date' || kind === 'time') && typeof value === 'number')
    return { value: new Date(value), type: Date, format: formats[kind] };
  if (kind === 'number' && typeof value === 'number' && Number.isFinite(value))
    return { value, type: Number };
  if (kind === 'boolean' && typeof value === 'boolean') return { value, type: Boolean };
  return writeText(value);
}

const widths: Readonly<Record<ColumnKind, number>> = { text: 18, number: 12, boolean: 9, date: 12, time: 20 };

function drawSheets(sheets: readonly Sheet[]) {
  return sheets.map(({ name, columns, rows }) => {
    const header = columns.map(
      (column) => ({ value: column.name, type: String, fontWeight: 'bold' }) as Cell,
    );
    const data: SheetData = [
      header,
      ...rows.map((row) => columns.map(({ kind }, index) => writeCell(row[index] ?? null, kind))),
    ];
    return {
      data,
      // what Excel refuses in the name of a sheet
      sheet: name.replace(/[\\/?*[\]:]/g, ' ').slice(0, 31),
      stickyRowsCount: 1,
      columns: columns.map((column) => ({
        width: Math.max(widths[column.kind], Math.min(40, column.name.length + 2)),
      })),
    };
  });
}

/** Its 80 files are loaded with the first workbook: most reports have none. */
async function makeXlsx(sheets: readonly Sheet[]) {
  const { default: writeXlsxFile } = await import('write-excel-file/node');
  return writeXlsxFile(drawSheets(sheets));
}

/** Writes a workbook: a header row that stays in sight, dates as dates, text as text. */
export async function writeWorkbook(path: string, sheets: readonly Sheet[]): Promise<void> {
  await (await makeXlsx(sheets)).toFile(path);
}

/** The same workbook in memory; the same sheets give the same bytes. */
export async function makeWorkbook(sheets: readonly Sheet[]): Promise<Buffer> {
  const archive = await (await makeXlsx(sheets)).toBuffer();
  // each part of the archive has the time of its making twice: at its head and in the list at the end
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let entry = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    archive.writeUInt32LE(firstOf1980, entry + 12);
    archive.writeUInt32LE(firstOf1980, archive.readUInt32LE(entry + 42) + 10);
    const lengths = [28, 30, 32].map((at) => archive.readUInt16LE(entry + at));
    entry += 46 + lengths.reduce((sum, length) => sum + length, 0);
  }
  return archive;
}

/** 1 January 1980, midnight, as archives count: the earliest that they know. */
const firstOf1980 = 0x00210000;
