import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openApi, publicKey, secret, sendJson } from './api.js';
import { canary, findWords, makeCanaryBody } from './canaries.js';
import { noteFigure } from './figures.js';
import { dawn, eve, makeFolder, type Place, startProgram } from './world.js';

// Nothing leaks, nobody is let in: canaries through every command, hostile texts through every door, and who may read what.

const at = (date: Date) => ['--as-of', date.toISOString()];
const secrets = [secret, publicKey, Buffer.from(`${publicKey}:${secret}`).toString('base64').slice(4, 40)];

/** An API that answers well or in every bad way, always with canaries in it. */
const openLeakyApi = () =>
  openApi((number, response) => {
    const detail = `${canary} says no to ${secret}`;
    if (number.startsWith('BAD422'))
      return sendJson(
        response,
        { detail: [{ loc: ['path', canary], msg: `value ${canary}`, type: 'string_type', input: canary }] },
        422,
      );
    if (number.startsWith('BADTYPE'))
      return sendJson(response, { ...makeCanaryBody(number), details: canary });
    if (number.startsWith('BADJSON')) return sendJson(response, `{"name": "${canary}`);
    if (number.startsWith('BADHTML'))
      return void response.writeHead(502, { 'content-type': 'text/html' }).end(`<h1>${canary}</h1>`);
    if (number.startsWith('BAD500'))
      return sendJson(response, { errors: [{ status: '500', code: canary, detail }] }, 500);
    if (number === '') return sendJson(response, { detail: canary }, 404);
    return sendJson(response, makeCanaryBody(number));
  });

/** What other users of the machine see of a process: its arguments; and, for its owner, its environment. */
function readProcess(child: ChildProcess): { commandLine: string; environment: string } {
  const read = (name: string) => {
    try {
      return readFileSync(`/proc/${child.pid}/${name}`, 'utf8');
    } catch {
      return '';
    }
  };
  return { commandLine: read('cmdline'), environment: read('environ') };
}

it('keeps and says no personal data and no secret, whatever the command and however it ends', async () => {
  const folder = makeFolder();
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  mkdirSync(join(folder, 'in'));
  const api = await openLeakyApi();
  const files = {
    public: join(folder, 'in', 'public'),
    secret: join(folder, 'in', 'secret'),
    notify: join(folder, 'in', 'notify'),
  };
  writeFileSync(files.public, publicKey);
  writeFileSync(files.secret, secret);
  // A port where nobody listens: the notice fails, and must not say where to.
  writeFileSync(files.notify, `http://127.0.0.1:1/hook/${canary}`);
  for (const path of Object.values(files)) chmodSync(path, 0o600);
  const environment: Record<string, string> = {
    SENDCLOUD_BASE_URL: api.url,
    SENDCLOUD_PUBLIC_KEY_FILE: files.public,
    SENDCLOUD_SECRET_KEY_FILE: files.secret,
    PARCELMETRICS_RATE: '600000/min',
    PARCELMETRICS_NOTIFY_URL_FILE: files.notify,
    TMPDIR: temporary,
    NODE_OPTIONS: '--unhandled-rejections=strict',
  };
  const place: Place = { folder, environment };
  const input = (name: string, text: string) => {
    writeFileSync(join(folder, 'in', name), text);
    return join('in', name);
  };
  const good = ['A1', 'A2', 'BAD422', 'BADTYPE', 'BADJSON', 'BADHTML', 'BAD500'];
  const known = input(
    'known.csv',
    `tracking_number,carrier_code,customer_${'name'}\n${good.map((number) => `${number},postnl,${canary}`).join('\n')}\n`,
  );
  const spoilt = input(
    'spoilt.csv',
    `tracking_number,carrier_code\nA9,${canary} not a code\n"${canary}\u0001",postnl\n`,
  );
  const columns =
    'tracking_number,carrier_code,announced_at,from_country,from_postal_code,to_country,to_postal_code,contract_id,source_id';
  const posted = input(
    'posted.csv',
    `${columns}\nP1,postnl,2026-10-30T09:00:00Z,NL,1012${canary},DE,10115${canary},7,${canary}\n`,
  );
  const archive = input(
    'archive.ndjson',
    [
      JSON.stringify({ observed_at: '2026-10-31T00:00:00Z', response: makeCanaryBody('I1') }),
      JSON.stringify({ observed_at: canary, response: makeCanaryBody('I2') }),
      JSON.stringify({ ...makeCanaryBody('I3'), events: canary }),
      `{"name": "${canary}"`,
    ].join('\n'),
  );
  const badConfig = input('bad.json', `{"rate": "${canary}", "publicKey": "${secret}", "${canary}": 1`);
  const commands: string[][] = [
    ['init'],
    ['doctor'],
    ['register', '--known', known, ...at(eve)],
    ['register', '--known', spoilt, ...at(eve)],
    ['register', '--dry-run', posted],
    ['register', posted, ...at(eve)],
    ['import', archive, ...at(eve)],
    ['import', 'in/none', ...at(eve)],
    ['extract', '--max-requests', '3', ...at(eve)],
    ['nightly', ...at(eve)],
    ['nightly', ...at(dawn)],
    ['build', ...at(dawn)],
    ['publish'],
    ['publish', '--rollback'],
    ['report'],
    ['report', '--single-file', '--out', 'single'],
    ['report', '--for', 'postnl', '--out', 'theirs'],
    ['sql', 'select * from parcels'],
    ['sql', 'select * from nowhere'],
    ['sql', '--examples'],
    ['explain', 'A1'],
    ['explain', 'BADTYPE', '--poll', ...at(dawn)],
    ['export', 'out'],
    ['export', '--landed', 'landed.ndjson.gz'],
    ['reconcile'],
    ['status'],
    ['retry-failed', ...at(dawn)],
    ['backfill', '--from', '2026-01-01', '--to', '2026-12-01', '--yes', ...at(dawn)],
    ['forget', 'A2'],
    ['vacuum'],
    ['restore', 'landed.ndjson.gz', '--yes', ...at(dawn)],
    ['status', '--config', badConfig],
    ['nightly', '--warehouse', 'in/known.csv'],
    ['nonsense'],
  ];
  const bad: string[] = [];
  let ran = 0;
  let faults = 0;
  for (const argv of commands) {
    for (const more of [[], ['-v', '--log-format', 'json'], ['--json']]) {
      const { child, ended } = startProgram([...argv, ...more], place);
      const seen = readProcess(child);
      const { code, signal, out, err } = await ended;
      ran += 1;
      if (code === 1 || code === null) {
        faults += 1;
        bad.push(`${argv.join(' ')} ${more.join(' ')}: ended with ${code ?? signal}: ${err.slice(0, 400)}`);
      }
      for (const word of [canary, ...secrets]) {
        if (`${out}${err}${seen.commandLine}`.includes(word))
          bad.push(`${argv.join(' ')} ${more.join(' ')} says ${word}: ${`${out}${err}`.slice(0, 300)}`);
        if (seen.environment.includes(word)) bad.push(`${argv.join(' ')}: ${word} in the environment`);
      }
    }
  }
  // By -v of a failing call too: causes and stacks.
  bad.push(...(await findWords(folder, [canary, ...secrets], [join(folder, 'in')])));
  const left = readdirSync(temporary);
  if (left.length > 0) bad.push(`left in the temporary folder: ${left.join()}`);
  if (readdirSync(folder).some((name) => /^core/.test(name))) bad.push('a core file');
  noteFigure({
    part: '6',
    what: 'canaries of personal data and of keys through every command, failing ones too: output, logs, files, tables, process list',
    tried: ran,
    bad: bad.length,
    reach: `${commands.length} calls three times (plain, -v as JSON, --json); ${faults} of them faults of ours`,
  });
  expect(bad).toEqual([]);
});
