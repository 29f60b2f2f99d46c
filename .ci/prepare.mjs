// What npm runs after an install in the repository, and when somebody installs from its address: it compiles. For `npm install --global ADDRESS`
// npm leaves out what compiling needs (it takes its own inner install for a global one), which is installed here then.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const { npm_config_global, npm_config_location, ...environment } = process.env;
const run = (...args) =>
  execFileSync('npm', args, { env: environment, stdio: 'inherit', shell: process.platform === 'win32' });

if (!existsSync('node_modules/typescript')) {
  run('ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--silent');
}
run('run', '--silent', 'compile');
