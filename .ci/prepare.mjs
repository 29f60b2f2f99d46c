// What npm runs after an install in the repository, and when somebody installs from its address: it compiles. For `npm install --global ADDRESS`
// npm leaves out what compiling needs, since it takes its own inner install for a global one, and still writes to that folder: then it is
// compiled in a folder of its own.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { npm_config_global, npm_config_location, ...environment } = process.env;
function run(cwd, ...args) {
  execFileSync('npm', args, { cwd, env: environment, stdio: 'inherit', shell: process.platform === 'win32' });
}

if (existsSync('node_modules/typescript/bin/tsc')) run('.', 'run', '--silent', 'compile');
else {
  const place = mkdtempSync(join(tmpdir(), 'parcelmetrics-compile-'));
  try {
    for (const name of [
      '.ci',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.build.json',
      'pipelines',
      'queries',
      'reports',
    ]) {
      cpSync(name, join(place, name), { recursive: true });
    }
    run(place, 'ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--silent');
    run(place, 'run', '--silent', 'compile');
    rmSync('dist', { recursive: true, force: true });
    cpSync(join(place, 'dist'), 'dist', { recursive: true });
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
