import { createReadStream, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { usageError } from '../errors.js';
import { findKind } from './kinds.js';
import { readZstd } from './zstd.js';

/** What an input file holds, once it is unpacked. */
export interface OpenFile {
  /** As messages name it: the path, or `standard input`. */
  name: string;
  /** The file itself where an engine can open it, which a pipe is not. */
  path: string | null;
  form: 'text' | 'parquet';
  /** The start, as text: what the dialect is told from. */
  head: string;
  /** All of it, the head included. */
  chunks: AsyncIterable<Buffer>;
  /** Lets go of a file whose chunks were not read. */
  close: () => Promise<void>;
}

/** How much is looked at before anything is decided. */
const headBytes = 64 * 1024;

interface Peeked {
  head: Buffer;
  chunks: AsyncIterable<Buffer>;
  close: () => Promise<void>;
  isDamaged: boolean;
}

/** The start of a stream, and the stream from its start: a pipe can be read only once. */
async function peek(source: AsyncIterable<Buffer>): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]();
  const parts: Buffer[] = [];
  let length = 0;
  let failure: { error: unknown } | null = null;
  let isDone = false;
  while (length < headBytes && !isDone && failure === null) {
    try {
      const next = await iterator.next();
      if (next.done) isDone = true;
      else {
        parts.push(Buffer.from(next.value));
        length += next.value.length;
      }
    } catch (error) {
      // A damaged file gives what came before the damage first.
      failure = { error };
    }
  }
  const close = async () => {
    await iterator.return?.();
  };
  async function* readAll(): AsyncGenerator<Buffer> {
    try {
      yield* parts;
      if (failure !== null) throw failure.error;
      while (!isDone) {
        const next = await iterator.next();
        if (next.done) return;
        yield Buffer.from(next.value);
      }
    } finally {
      await close();
    }
  }
  return { head: Buffer.concat(parts), chunks: readAll(), close, isDamaged: failure !== null };
}

function gunzip(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const source = Readable.from(chunks);
  const unpacked = createGunzip();
  source.on('error', (error) => unpacked.destroy(error));
  unpacked.on('close', () => source.destroy());
  return source.pipe(unpacked);
}

async function* decodeUtf16(chunks: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

/** A text that a spreadsheet or a Windows shell wrote as UTF-16 says so in its first two bytes. */
async function readAsUtf8(peeked: Peeked): Promise<Peeked> {
  const [first, second] = peeked.head;
  if (first === 0xff && second === 0xfe) return peek(decodeUtf16(peeked.chunks, 'utf-16le'));
  if (first === 0xfe && second === 0xff) return peek(decodeUtf16(peeked.chunks, 'utf-16be'));
  return peeked;
}

/** @throws ParcelmetricsError (exit code 2) for a path that was mistyped, so that nothing is begun then. */
export function checkThere(file: string): void {
  if (file === '-') return;
  const kind = statSync(file, { throwIfNoEntry: false });
  if (kind === undefined) throw usageError(`${file}: no such file`, { hint: 'Nothing was read.' });
  if (kind.isDirectory())
    throw usageError(`${file} is a folder`, {
      hint: 'Name the files in it; for `register` a folder can be the inbox.',
    });
}

function openSource(
  file: string,
  stdin: NodeJS.ReadableStream,
): { name: string; path: string | null; source: AsyncIterable<Buffer> } {
  if (file === '-') return { name: 'standard input', path: null, source: stdin as AsyncIterable<Buffer> };
  checkThere(file);
  const source = createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
  return { name: file, path: statSync(file).isFile() ? file : null, source };
}

/**
 * Opens an input file by what its first bytes say, whatever its name: unpacks gzip and zstd, and turns UTF-16 into UTF-8.
 * `-` is standard input; a pipe is read once, from its start.
 *
 * @throws ParcelmetricsError (exit code 2) for what is no input: an empty file, a workbook, an archive, a picture; with what to do.
 */
export async function openInput(
  file: string,
  stdin: NodeJS.ReadableStream = process.stdin,
): Promise<OpenFile> {
  const { name, path, source } = openSource(file, stdin);
  const raw = await peek(source);
  let peeked = raw;
  let kind = findKind(raw.head);
  const refuse = async (what: string, hint: string): Promise<never> => {
    await peeked.close();
    await raw.close();
    throw usageError(`${name} ${what}`, { hint });
  };
  if (kind.form === 'zstd') {
    if (path === null)
      return refuse(
        'is packed with zstd, and comes through a pipe',
        'Unpack it on the way: `zstd -dc FILE | parcelmetrics ... -`.',
      );
    await raw.close();
    peeked = await peek(readZstd(path));
    kind = findKind(peeked.head);
  } else if (kind.form === 'gzip') {
    peeked = await peek(gunzip(raw.chunks));
    kind = findKind(peeked.head);
  }
  if (kind.form === 'gzip' || kind.form === 'zstd')
    return refuse('is packed twice', 'Unpack it once, and name what comes out.');
  if (kind.form === 'refused') return refuse(kind.what, kind.hint);
  if (kind.form === 'parquet' && (path === null || peeked !== raw))
    return refuse(
      'is Parquet, packed or through a pipe',
      'Name the Parquet file itself: it is packed inside.',
    );
  if (kind.form === 'text') peeked = await readAsUtf8(peeked);
  if (peeked.isDamaged && !peeked.head.includes(10))
    return refuse(
      'is damaged: not one line of it can be unpacked',
      'Pack it again, and compare its size with that of the original.',
    );
  const head = peeked.head.toString('utf8').replace(/^\uFEFF/, '');
  if (head.trim() === '' && peeked.head.length < headBytes)
    return refuse('is empty', 'A file without one row is no success: see why it was written empty.');
  const { chunks, close } = peeked;
  return { name, path, form: kind.form, head, chunks, close };
}

/** Whether an error comes from reading or unpacking a file, rather than from what is done with its rows; its code. */
export function unreadableCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  const code = String(error.code);
  return /^(Z_|EIO|EISDIR|ERR_ENCODING)/.test(code) ? code : null;
}
