import { appendFileSync, chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const keptLines = 1000;

/** Lines that were typed at the prompt of `sql`, in the data folder. */
export function historyPath(data: string): string {
  return join(data, 'sql_history');
}

/** The last lines, newest first, as readline wants them; none when there is no file or it cannot be read. */
export function readHistory(path: string): string[] {
  if (!existsSync(path)) return [];
  try {
    const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
    chmodSync(path, 0o600);
    if (lines.length > 2 * keptLines)
      writeFileSync(path, `${lines.slice(-keptLines).join('\n')}\n`, { mode: 0o600 });
    return lines.slice(-keptLines).reverse();
  } catch {
    return [];
  }
}

/** Keeps a line, readable by its owner only. A history that cannot be written is no reason to stop. */
export function keepLine(path: string, line: string): void {
  try {
    if (line.trim() !== '') appendFileSync(path, `${line}\n`, { mode: 0o600 });
  } catch {}
}

/** Takes out every line that mentions one of the texts, such as the tracking number of a forgotten parcel. Returns how many. */
export function eraseFromHistory(path: string, texts: readonly string[]): number {
  if (!existsSync(path)) return 0;
  const lines = readFileSync(path, 'utf8').split('\n');
  const wanted = texts.map((text) => text.toLowerCase());
  const kept = lines.filter((line) => !wanted.some((text) => line.toLowerCase().includes(text)));
  if (kept.length < lines.length) writeFileSync(path, kept.join('\n'), { mode: 0o600 });
  return lines.length - kept.length;
}
