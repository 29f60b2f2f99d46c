// Two nights beside what an analyst would otherwise run, dlt, dbt-duckdb and Observable Framework:
// `npm run bench:peers -- 20000 100000 [--rounds 3]`. Needs python3, PyPI and npm's registry once: what they run on is installed in the
// temporary folder. Their page is one, drawn by the reader's browser; ours are all pages, drawn.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nextNight, now } from '../generate.mjs';
import { median, startServer } from '../measure.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const cli = fileURLToPath(new URL('../../dist/pipelines/cli.js', import.meta.url));
const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '3' } },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
const sizes = positionals.length > 0 ? positionals.map(Number) : [20_000];
if (![rounds, ...sizes].every((count) => Number.isSafeInteger(count) && count > 0)) {
  process.stderr.write('npm run bench:peers -- PARCELS... [--rounds N]\n');
  process.exit(2);
}

const say = (text) => process.stderr.write(`${text}\n`);
const venv = join(tmpdir(), 'parcelmetrics-bench-peers');
const inVenv = (name) => join(venv, 'bin', name);
const site = join(tmpdir(), 'parcelmetrics-bench-site');

function prepare() {
  const run = (...command) => {
    const { status } = spawnSync(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`${command.join(' ')} failed`);
  };
  say(`the peers of requirements.txt, in ${venv}, and of site/package.json, in ${site}`);
  if (!existsSync(inVenv('pip'))) run('python3', '-m', 'venv', venv);
  run(inVenv('pip'), 'install', '-q', '-r', join(here, 'requirements.txt'));
  cpSync(join(here, 'site'), site, { recursive: true });
  run('npm', 'install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', site);
}

function measure(command, environment, cwd) {
  const { stdout, stderr } = spawnSync(inVenv('python'), [join(here, 'measured.py'), ...command], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    maxBuffer: 2 ** 26,
  });
  if (stdout === '') throw new Error(stderr);
  const measured = JSON.parse(stdout);
  // 3: done, with something left out or suspicious.
  if (![0, 3].includes(measured.exitCode)) throw new Error(`${command.join(' ')}: ${measured.said}`);
  return measured;
}

/** What lies in a folder, as the disk has it: no link is followed, and a file of two names counts once. */
function sizeOf(place, seen = new Set()) {
  const found = lstatSync(place);
  if (found.isDirectory())
    return readdirSync(place).reduce((sum, name) => sum + sizeOf(join(place, name), seen), 0);
  if (!found.isFile() || seen.has(found.ino)) return 0;
  seen.add(found.ino);
  return found.size;
}

const add = (...parts) => ({
  seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0),
  cpuSeconds: parts.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
  peakMb: Math.max(...parts.map(({ peakMb }) => peakMb)),
});

/** One night of both, in turn, each against the same API: what each step took, the requests, and the size on the disk. */
async function runNight(folder, count, at) {
  const server = await startServer({ count, at: at.toISOString(), until: nextNight.toISOString() });
  try {
    const { url, publicKey, secretKey, parcels } = server;
    const list = join(folder, 'parcels.csv');
    const lines = parcels.map(({ trackingNumber, carrierCode }) => `${trackingNumber},${carrierCode}\n`);
    writeFileSync(list, `tracking_number,carrier_code\n${lines.join('')}`);
    const keys = {
      SENDCLOUD_BASE_URL: url,
      SENDCLOUD_PUBLIC_KEY: publicKey,
      SENDCLOUD_SECRET_KEY: secretKey,
    };
    const [oursIn, theirsIn] = [join(folder, 'ours'), join(folder, 'theirs')];
    for (const place of [oursIn, theirsIn]) mkdirSync(place, { recursive: true });
    const limits = { PARCELMETRICS_RATE: '1000000/min', PARCELMETRICS_CONCURRENCY: '16' };
    const environment = { ...keys, ...limits, PARCELMETRICS_DATA: oursIn };
    const ask = (...words) =>
      measure([process.execPath, cli, ...words, '--as-of', at.toISOString(), '-q'], environment, folder);
    const register = ask('register', '--known', list);
    const extract = ask('extract');
    const build = ask('build');
    const publish = ask('publish');
    const report = ask('report');
    const oursAsked = await server.countRequests();

    const database = join(theirsIn, 'shipping.duckdb');
    const theirEnvironment = {
      ...keys,
      NOW: at.toISOString(),
      DB: database,
      RUNTIME__DLTHUB_TELEMETRY: 'false',
    };
    const load = measure([inVenv('python'), join(here, 'load.py'), list, database], theirEnvironment, folder);
    const target = ['--target-path', join(folder, 'dbt-target'), '--log-path', join(folder, 'dbt-logs')];
    const model = measure(
      [inVenv('dbt'), 'build', '--profiles-dir', '.', ...target, '--vars', `{as_of: '${at.toISOString()}'}`],
      theirEnvironment,
      join(here, 'dbt'),
    );
    const python = { ...theirEnvironment, PATH: `${inVenv('')}:${process.env.PATH}` };
    rmSync(join(site, 'pages', '.observablehq', 'cache', 'tables.json'), { recursive: true, force: true });
    const page = measure(
      [
        process.execPath,
        join(site, 'node_modules', '.bin', 'observable'),
        'build',
        '--config',
        'settings.js',
      ],
      python,
      site,
    );
    rmSync(join(theirsIn, 'site'), { recursive: true, force: true });
    cpSync(join(site, 'dist'), join(theirsIn, 'site'), { recursive: true });
    const theirsAsked = (await server.countRequests()) - oursAsked;
    return {
      ours: {
        whole: add(register, extract, build, publish, report),
        'without report': add(register, extract, build, publish),
        'build only': build,
        'report only': report,
        extract,
        requests: oursAsked,
        bytes: sizeOf(oursIn),
      },
      theirs: {
        whole: add(load, model, page),
        'without report': add(load, model),
        'build only': model,
        'report only': page,
        extract: load,
        requests: theirsAsked,
        bytes: sizeOf(theirsIn),
      },
    };
  } finally {
    await server.close();
  }
}

const digits = (value) => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3));

function writeRows(count, results) {
  const row = (what, read) => {
    const [ours, theirs] = ['ours', 'theirs'].map((who) =>
      digits(median(results.map((nights) => read(nights, who)))),
    );
    return `| ${count.toLocaleString('en')} | ${what} | ${ours} | ${theirs} |`;
  };
  const times = ['first', 'second'].flatMap((name, night) =>
    ['whole', 'without report', 'build only', 'report only'].flatMap((step) =>
      [
        ['CPU s', 'cpuSeconds'],
        ['s', 'seconds'],
      ].map(([unit, key]) =>
        row(`${name} night, ${step}, ${unit}`, (nights, who) => nights[night][who][step][key]),
      ),
    ),
  );
  return [
    ...times,
    row('peak memory of the extract, MB', (nights, who) => nights[0][who].extract.peakMb),
    row('peak memory of the build, MB', (nights, who) => nights[0][who]['build only'].peakMb),
    row('peak memory of the second build, MB', (nights, who) => nights[1][who]['build only'].peakMb),
    row('requests of the first night', (nights, who) => nights[0][who].requests),
    row('requests of the second night', (nights, who) => nights[1][who].requests),
    row('disk after the second night, MB', (nights, who) => nights[1][who].bytes / 1e6),
  ];
}

prepare();
const table = ['| parcels | what | ours | dlt, dbt-duckdb and Observable |', '| --- | --- | --- | --- |'];
for (const count of sizes) {
  const results = [];
  for (let round = 1; round <= rounds; round += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-peers-'));
    try {
      say(`${count} parcels, round ${round} of ${rounds}`);
      results.push([await runNight(folder, count, now), await runNight(folder, count, nextNight)]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  table.push(...writeRows(count, results));
}
process.stdout.write(`${table.join('\n')}\n`);
