// node .ci/check-readers.mjs [FOLDER]: runs what docs/sql.md says of other programs, as it stands there, against the published file of that data
// folder (without one: parcelmetrics-demo). It installs DuckDB for Python, its shell, its JDBC driver and Evidence's connector into a temporary
// folder, so that it needs the network, and is no part of npm test. What is not here (python3, java, mvn) is skipped, and said.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// The oldest version that reads the file, and whatever is newest.
const oldest = '1.2.0';
const data = resolve(process.argv[2] ?? 'parcelmetrics-demo');
const page = readFileSync(new URL('../docs/sql.md', import.meta.url), 'utf8');
const program = fileURLToPath(new URL('../dist/pipelines/cli.js', import.meta.url));

const say = (text) => process.stdout.write(`${text}\n`);
const blocksOf = (language) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text]) => text);

if (!existsSync(join(data, 'published', 'shipping.duckdb'))) {
  say(
    `there is no ${join(data, 'published', 'shipping.duckdb')}: run parcelmetrics demo, or name a data folder`,
  );
  process.exit(2);
}
const work = mkdtempSync(join(tmpdir(), 'parcelmetrics-readers-'));
symlinkSync(data, join(work, 'data'));
const run = (file, args, options = {}) =>
  execFileSync(file, args, { cwd: work, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });
const isThere = (file, ...args) => spawnSync(file, args).status === 0;

// What our own command answers, for the others to agree with.
const ask = (sql) =>
  JSON.parse(
    run(process.execPath, [program, 'sql', '--format', 'json', sql], {
      env: { ...process.env, PARCELMETRICS_DATA: data },
    }),
  );
const [slowest] = ask(`select carrier_code, round(transit_p90_hours, 1) as p90_hours from lane_performance
  where period = 'current' and carrier_code <> '*' and from_country <> '*' and transit_n >= 30
  order by transit_p90_hours desc, carrier_code limit 1`);
const [{ newest }] = ask("select strftime(max(label_at), '%Y-%m-%dT%H:%M') as newest from parcels");

let failures = 0;
function check(what, output, expected) {
  const missing = expected.filter((text) => !output.includes(String(text)));
  say(
    missing.length === 0 ? `ran: ${what}` : `FAILED: ${what}: without ${missing.join(', ')} in:\n${output}`,
  );
  if (missing.length > 0) failures++;
}
const lane = [slowest.carrier_code, slowest.p90_hours];

try {
  if (isThere('python3', '-m', 'venv', '--help')) {
    run('python3', ['-m', 'venv', 'venv']);
    const pip = (...names) => run('venv/bin/python', ['-m', 'pip', 'install', '--quiet', ...names]);
    for (const version of [`duckdb==${oldest}`, 'duckdb']) {
      pip('--upgrade', version, 'pandas', 'polars', 'pyarrow');
      const name = run('venv/bin/python', ['-c', 'import duckdb; print(duckdb.__version__)']).trim();
      for (const [index, text] of blocksOf('python').entries()) {
        const expected = text.includes('lane_performance') ? lane : ['shape', slowest.carrier_code];
        check(`Python, duckdb ${name}, block ${index + 1}`, run('venv/bin/python', ['-c', text]), expected);
      }
    }
    pip('duckdb-cli');
    const shell = run('venv/bin/duckdb', ['--version']).split(' ')[0];
    for (const text of blocksOf('sh').filter((one) => one.startsWith('duckdb '))) {
      check(`DuckDB's shell ${shell}`, run('bash', ['-c', `PATH="$PWD/venv/bin:$PATH"; ${text}`]), lane);
    }
  } else say('SKIPPED: Python and the shell: python3 with venv is not here');

  if (isThere('java', '--version') && isThere('mvn', '--version')) {
    for (const version of [oldest, 'LATEST']) {
      const folder = join(work, `jdbc-${version}`);
      run('mvn', [
        '-q',
        '-B',
        'dependency:copy',
        `-Dartifact=org.duckdb:duckdb_jdbc:${version}`,
        `-DoutputDirectory=${folder}`,
      ]);
      const [jar] = readdirSync(folder);
      writeFileSync(join(work, 'Lanes.java'), blocksOf('java').join('\n'));
      // A machine in another zone must not move an instant.
      const output = run('java', [
        '-Duser.timezone=Pacific/Kiritimati',
        '-cp',
        join(folder, jar),
        'Lanes.java',
      ]);
      check(`JDBC, ${jar}`, output, [...lane, newest]);
    }
  } else say('SKIPPED: JDBC: java or mvn is not here');

  const evidence = join(work, 'evidence');
  const source = join(evidence, 'sources', 'shipping');
  mkdirSync(source, { recursive: true });
  symlinkSync(join(data, 'published', 'shipping.duckdb'), join(source, 'shipping.duckdb'));
  run('npm', [
    'install',
    '--silent',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--prefix',
    evidence,
    '@evidence-dev/duckdb',
  ]);
  const filename = /filename: (.*)/.exec(blocksOf('yaml').join(''))?.[1];
  const script = `require('@evidence-dev/duckdb').getRunner(${JSON.stringify({ filename })}, ${JSON.stringify(source)}).then(async (ask) => {
    const answer = await ask("select carrier_code, round(transit_p90_hours, 1) as p90_hours from lane_performance where period = 'current' and from_country <> '*' and carrier_code <> '*' and transit_n >= 30 order by transit_p90_hours desc, carrier_code limit 5", 'lanes.sql', 1000);
    for await (const rows of answer.rows()) console.log(JSON.stringify(rows));
  })`;
  check("Evidence's connector", run(process.execPath, ['-e', script], { cwd: evidence }), lane);
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exit(failures > 0 ? 1 : 0);
