import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { now, streamBodies } from './generate.mjs';

/*
 * Ten million parcels on one machine: their bodies are streamed from the generator into `import -` and kept nowhere, then built bucket
 * by bucket and published. Prints of each step its seconds, its CPU seconds and its peak memory. Linux only: it asks /proc.
 *
 *   npm run bench:large -- --parcels 10000000 --buckets 16 --folder /tmp/large
 */
const { values } = parseArgs({
  options: {
    parcels: { type: 'string', default: '10000000' },
    buckets: { type: 'string', default: '16' },
    folder: { type: 'string', default: 'large' },
    steps: { type: 'string', default: 'import,build,publish' },
    memory: { type: 'string', default: '2.5GB' },
    bodies: { type: 'boolean', default: false },
  },
});
const self = fileURLToPath(import.meta.url);
const cli = fileURLToPath(new URL('../dist/pipelines/cli.js', import.meta.url));

if (values.bodies) {
  await streamBodies(process.stdout, Number(values.parcels));
  process.exit(0);
}

const say = (row) => process.stdout.write(`${JSON.stringify(row)}\n`);
const ticksASecond = 100;

/** What the kernel says of a process that runs: CPU seconds of all its threads, and the most memory it has held, MB; null once it has ended. */
function look(pid) {
  const [, after] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const fields = after.split(' ');
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  // one that has ended and was not waited for yet has none
  if (peak === undefined) return null;
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksASecond,
    peakMb: Number(peak) / 1024,
  };
}

const settings = join(values.folder, 'settings.json');

async function run(step, args, input = 'ignore') {
  const startedMs = performance.now();
  const child = spawn(
    process.execPath,
    [cli, step, ...args, '--as-of', now.toISOString(), '--config', settings],
    {
      stdio: [input, 'inherit', 'inherit'],
      env: { ...process.env, PARCELMETRICS_DATA: values.folder, PARCELMETRICS_LOG_FORMAT: 'text' },
    },
  );
  let last = { cpuSeconds: 0, peakMb: 0 };
  const watch = setInterval(() => {
    try {
      last = look(child.pid) ?? last;
    } catch {
      // it has just ended
    }
  }, 200);
  const [code] = await once(child, 'close');
  clearInterval(watch);
  const seconds = (performance.now() - startedMs) / 1000;
  say({ step, code, seconds, ...last });
  if (code !== 0) process.exitCode = 1;
}

mkdirSync(values.folder, { recursive: true });
writeFileSync(settings, JSON.stringify({ memoryLimit: values.memory }));
const steps = values.steps.split(',');
if (steps.includes('import')) {
  rmSync(join(values.folder, 'warehouse.duckdb'), { force: true });
  const generator = spawn(process.execPath, [self, '--bodies', '--parcels', values.parcels], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await run('import', ['-'], generator.stdout);
}
if (steps.includes('build')) await run('build', ['--buckets', values.buckets]);
if (steps.includes('publish')) await run('publish', []);
for (const name of ['warehouse.duckdb', 'marts.duckdb']) {
  const path = join(values.folder, name);
  if (existsSync(path)) say({ name, mb: statSync(path).size / 2 ** 20 });
}
