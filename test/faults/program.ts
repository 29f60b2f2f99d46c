import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compilePackage } from '../pipelines/compiled.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The program as it is packed, in a folder of its own: no edit of the sources changes it under a running test. */
export function compileProgram(): string {
  const folder = compilePackage();
  const assets = join('reports', 'assets');
  cpSync(join(root, assets), join(folder, assets), { recursive: true });
  return folder;
}
