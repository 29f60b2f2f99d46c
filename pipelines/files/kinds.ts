/** What the first bytes of a file say that it is. */
export type Kind =
  | { form: 'text' }
  | { form: 'gzip' }
  | { form: 'zstd' }
  | { form: 'parquet' }
  | { form: 'refused'; what: string; hint: string };

const asCsv = 'Save it as CSV ("CSV UTF-8") and name that file.';
const unpackFirst = 'Unpack it, and name the files in it.';

/** Start of the file, what it is, what to do. */
const signatures: readonly (readonly [bytes: string, what: string, hint: string])[] = [
  ['504b0304', 'is a zip archive', unpackFirst],
  ['504b0506', 'is an empty zip archive', unpackFirst],
  ['d0cf11e0', 'is an old Excel workbook', asCsv],
  ['fd377a585a00', 'is packed with xz', 'Unpack it: `xz -d FILE`; gzip and zstd are read as they are.'],
  ['425a68', 'is packed with bzip2', 'Unpack it: `bzip2 -d FILE`; gzip and zstd are read as they are.'],
  ['377abcaf271c', 'is a 7z archive', unpackFirst],
  ['526172211a07', 'is a rar archive', unpackFirst],
  ['04224d18', 'is packed with lz4', 'Unpack it: `lz4 -d FILE`; gzip and zstd are read as they are.'],
  ['1f9d', 'is packed with compress', 'Unpack it: `uncompress FILE`; gzip and zstd are read as they are.'],
  [
    '00051607',
    'is a file that macOS keeps beside another one',
    'Delete it: the file itself has the same name without "._".',
  ],
  ['25504446', 'is a PDF', 'Ask for the list as CSV.'],
  ['4152524f5731', 'is an Arrow file', 'Write it as Parquet or CSV.'],
  ['4f626a01', 'is an Avro file', 'Write it as Parquet or CSV.'],
  ['4f5243', 'is an ORC file', 'Write it as Parquet or CSV.'],
  ['53514c69746520666f726d6174', 'is an SQLite database', 'Export the table as CSV.'],
];

const refused = (what: string, hint: string): Kind => ({ form: 'refused', what, hint });

/** A workbook and a folder of texts are zip archives too. */
function describeZip(head: Buffer): Kind {
  const names = head.toString('latin1');
  if (/xl\/|\[Content_Types\]\.xml/.test(names)) return refused('is an Excel workbook', asCsv);
  if (names.includes('opendocument.spreadsheet')) return refused('is a spreadsheet', asCsv);
  return refused('is a zip archive', unpackFirst);
}

function findMarkup(head: Buffer): Kind | null {
  const start = head
    .toString('utf8', 0, 512)
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (/^<(!doctype\s+html|html|head|body)\b/i.test(start))
    return refused(
      'is a web page',
      'A download that needs a sign-in often saves its sign-in page: fetch the file again.',
    );
  return /^<(\?xml|[a-z])/i.test(start) ? refused('is XML', 'Ask for the list as CSV or JSON.') : null;
}

/** One zero byte in so many, and a file is no text. */
const mostZeros = 20;

/** Tells by its first bytes what a file is; anything that nothing speaks against is text. */
export function findKind(head: Buffer): Kind {
  const start = head.subarray(0, 16).toString('hex');
  if (start.startsWith('1f8b')) return { form: 'gzip' };
  if (start.startsWith('28b52ffd')) return { form: 'zstd' };
  if (start.startsWith('50415231')) return { form: 'parquet' };
  if (start.startsWith('504b0304')) return describeZip(head);
  const known = signatures.find(([bytes]) => start.startsWith(bytes));
  if (known !== undefined) return refused(known[1], known[2]);
  if (head.subarray(257, 262).toString('latin1') === 'ustar') return refused('is a tar archive', unpackFirst);
  if (head.subarray(8, 12).toString('latin1') === 'DUCK')
    return refused('is a DuckDB database', 'A copy of a warehouse goes to `parcelmetrics restore`.');
  const markup = findMarkup(head);
  if (markup !== null) return markup;
  const isUtf16 = /^(fffe|feff)/.test(start);
  // A few are a spoilt line of a text, which costs no file.
  const zeros = head.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  return zeros * mostZeros > head.length && !isUtf16
    ? refused(
        'is no text: it holds zero bytes',
        'CSV, NDJSON, JSON and Parquet are read, also packed with gzip or zstd.',
      )
    : { form: 'text' };
}
