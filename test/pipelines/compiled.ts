import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Compiles the package into a temporary folder, for tests that need a process of its own; returns the folder. */
export function compilePackage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-compiled-'));
  const packageFile = createRequire(import.meta.url).resolve('typescript/package.json');
  const compiler = join(dirname(packageFile), 'bin', 'tsc');
  spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', folder], { cwd: root });
  for (const part of ['pipelines', 'queries']) {
    cpSync(join(root, part), join(folder, part), {
      recursive: true,
      filter: (path) => statSync(path).isDirectory() || ['.sql', '.csv'].includes(extname(path)),
    });
  }
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}
