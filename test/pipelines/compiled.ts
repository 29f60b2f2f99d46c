import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

function compileInto(folder: string): void {
  const packageFile = createRequire(import.meta.url).resolve('typescript/package.json');
  const steps = [
    [join(dirname(packageFile), 'bin', 'tsc'), '-p', 'tsconfig.build.json', '--outDir', folder],
    ['.ci/copy-assets.mjs', folder],
    ['.ci/bundle.mjs', folder],
  ];
  for (const step of steps) {
    const ran = spawnSync(process.execPath, step, { cwd: root, encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(`the package does not compile: ${ran.stdout}${ran.stderr}`);
  }
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
}

/** What the first of a run's test files has compiled; test/setup.ts makes the folder and removes it. */
function compileOnce(shared: string): string {
  const compiled = join(shared, 'compiled');
  if (existsSync(compiled)) return compiled;
  const draft = mkdtempSync(join(shared, 'draft-'));
  compileInto(draft);
  try {
    renameSync(draft, compiled);
  } catch (error) {
    // Another file was faster, and its work is as good.
    if (!existsSync(compiled)) throw error;
    rmSync(draft, { recursive: true });
  }
  return compiled;
}

/** The package, compiled, in a temporary folder of the caller's own, for tests that need a process of its own; returns the folder. */
export function compilePackage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-compiled-'));
  const shared = process.env.COMPILED_FOR_TESTS;
  if (shared === undefined) compileInto(folder);
  else cpSync(compileOnce(shared), folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}
