import { DuckDBInstance } from '../store/driver.js';

/** DuckDB's own wording quotes the line that it stopped at: only this is said of it. */
function unpackError(): Error {
  return Object.assign(new Error('the zstd file is damaged, or not UTF-8'), { code: 'Z_ZSTD' });
}

/** A path as DuckDB's readers take it: a `?`, `*` or `[` in it is a letter, no pattern. */
export function escapePattern(path: string): string {
  return path.replace(/[?*[]/g, '[$&]');
}

/**
 * The text of a file packed with zstd, which Node.js 20 cannot unpack: DuckDB reads its lines. Empty lines are left out, and a
 * carriage return before a line's end.
 */
export async function* readZstd(path: string): AsyncGenerator<Buffer> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '256MB' });
  const connection = await instance.connect();
  try {
    // One column, whose marks and quotes no text holds: a line comes as it is.
    const result = await connection
      .stream(
        `select line from read_csv($1, columns = {'line': 'varchar'}, delim = '\u0001\u0002\u0003\u0004', quote = '', escape = '',
           header = false, auto_detect = false, strict_mode = false, compression = 'zstd', max_line_size = 6000000,
           buffer_size = 16000000, nullstr = '\u0001\u0002\u0003')`,
        [escapePattern(path)],
      )
      .catch(() => {
        throw unpackError();
      });
    const rows = result.yieldRows();
    for (;;) {
      const next = await rows.next().catch(() => {
        throw unpackError();
      });
      if (next.done) return;
      yield Buffer.from(next.value.map(([line]) => `${String(line ?? '')}\n`).join(''));
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
