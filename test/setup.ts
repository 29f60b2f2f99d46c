import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder in which the package is compiled once for all test files of a run, by the first that needs it. */
export default function setUp(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-shared-'));
  process.env.COMPILED_FOR_TESTS = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
