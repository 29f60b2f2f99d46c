import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../pipelines/config/config.js';
import { describeError, findSystemTrouble } from '../../pipelines/errors.js';
import { makeFolders } from '../../pipelines/store/folders.js';
import { compilePackage } from './compiled.js';
import { call, makeFolder } from './extract/harness.js';

// Where the machine is not as it should be: exit code 2 and the path, never a fault of ours.

let compiled = '';
beforeAll(() => {
  compiled = compilePackage();
});
afterAll(() => rmSync(compiled, { recursive: true, force: true }));
let cwd = '';
beforeEach(() => {
  cwd = makeFolder();
});

/** The program in a shell, for what only a shell can do to it. */
function inShell(script: string, environment: Record<string, string> = {}): SpawnSyncReturns<string> {
  const cli = join(compiled, 'pipelines', 'cli.js');
  return spawnSync('sh', ['-c', `cli() { '${process.execPath}' '${cli}' "$@"; }; ${script}`], {
    cwd,
    env: { PATH: process.env.PATH, ...environment },
    encoding: 'utf8',
  });
}

describe('a data folder', () => {
  const link = (name: string, target: string, place: string) => {
    symlinkSync(target, join(cwd, name));
    return place;
  };
  const file = (place: string) => {
    writeFileSync(join(cwd, 'file'), '');
    return place;
  };
  const places: readonly (readonly [string, () => string, RegExp])[] = [
    [
      'that is a link to nowhere',
      () => link('link', '/nowhere/data', join(cwd, 'link')),
      /link is a link to \/nowhere\/data, which is not there/,
    ],
    [
      'below a link to nowhere',
      () => link('link', '/nowhere', join(cwd, 'link', 'data')),
      /link is a link to \/nowhere/,
    ],
    ['below links in a circle', () => link('loop', 'loop', join(cwd, 'loop', 'data')), /loop.*circle/],
    ['below a file', () => file(join(cwd, 'file', 'data')), /file.*not a folder|file is no folder/],
    ['that is a file', () => file(join(cwd, 'file')), /file is no folder/],
    ['with too long a name', () => join(cwd, 'x'.repeat(300)), /x{300}.*too long/],
    ['with a question mark', () => join(cwd, 'a?b'), /a\?b.*question mark/],
    ['where nothing can be made', () => '/proc/1/data', /\/proc\/1\/data/],
  ];
  it.each(places)('%s is named, whatever the command', async (_, make, message) => {
    const environment = { PARCELMETRICS_DATA: make() };
    for (const argv of [['build'], ['restore', 'nothing'], ['publish']]) {
      const { exitCode, err } = await call(argv, { cwd, environment });
      expect({ exitCode, err }).toEqual({
        exitCode: 2,
        err: argv[0] === 'restore' ? expect.any(String) : expect.stringMatching(message),
      });
      expect(err).not.toContain('fault of ours');
    }
  });

  it.each(['a*b[c]', "it's", 'ä b#c%20'])(
    'called %s works from the first registration to the page',
    async (name) => {
      const environment = { PARCELMETRICS_DATA: join(cwd, name) };
      writeFileSync(join(cwd, 'a.csv'), 'tracking_number\nA\n');
      for (const argv of [
        ['register', '--known', join(cwd, 'a.csv')],
        ['build'],
        ['publish'],
        ['sql', 'select 1'],
        ['vacuum'],
      ])
        expect({ argv, ...(await call(argv, { cwd, environment })) }).toMatchObject({ argv, exitCode: 0 });
    },
  );

  it('is made for its owner alone, and a folder that is there is left as it is', () => {
    mkdirSync(join(cwd, 'open'), { mode: 0o755 });
    makeFolders(join(cwd, 'open', 'a', 'b'));
    expect(['open', 'open/a', 'open/a/b'].map((name) => statSync(join(cwd, name)).mode & 0o777)).toEqual([
      0o755, 0o700, 0o700,
    ]);
  });
});

describe('a mark of the encoding', () => {
  const text = 'SENDCLOUD_PUBLIC_KEY=abc\nSENDCLOUD_SECRET_KEY=def\n';
  const config = '{"days": 17}';
  const encodings: readonly (readonly [string, (text: string) => Buffer])[] = [
    ['of UTF-8', (one) => Buffer.from(`\ufeff${one}`)],
    ['of UTF-16', (one) => Buffer.from(`\ufeff${one}`, 'utf16le')],
    ['of UTF-16 the other way round', (one) => Buffer.from(`\ufeff${one}`, 'utf16le').swap16()],
  ];
  it.each(encodings)('%s is no part of .env, of the configuration, or of a secret in a file', (_, encode) => {
    writeFileSync(join(cwd, '.env'), encode(text));
    writeFileSync(join(cwd, 'parcelmetrics.config.json'), encode(config));
    writeFileSync(join(cwd, 'url'), encode('https://example.org/hook\n'));
    const machine = { totalMemoryBytes: 2e9, cores: 2, stderrIsTerminal: false };
    const read = readConfig({
      flags: {},
      environment: { PARCELMETRICS_NOTIFY_URL_FILE: 'url' },
      cwd,
      machine,
    });
    expect(read.problems).toEqual([]);
    expect(read.config.publicKey?.reveal()).toBe('abc');
    expect(read.config.secretKey?.reveal()).toBe('def');
    expect(read.config.days).toBe(17);
    expect(read.config.notifyUrl?.reveal()).toBe('https://example.org/hook');
  });
});

describe('the surroundings of a process', () => {
  it('a folder that was removed under it', () => {
    const { status, stderr } = inShell(`mkdir gone && cd gone && rmdir ../gone && cli status`);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining('the folder in which this was started is not there'),
    });
  });

  it('a folder for temporary files that is not there', async () => {
    const environment = { PARCELMETRICS_DATA: join(cwd, 'data') };
    for (const argv of [['build'], ['publish']]) await call(argv, { cwd, environment });
    const { status, stderr } = inShell(`cli sql 'select 1'`, { TMPDIR: '/nowhere' });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/temporary files, \/nowhere, is not there\n.*TMPDIR/),
    });
    expect(inShell('cli build', { TMPDIR: '/nowhere' })).toMatchObject({ status: 0 });
  });

  it.skipIf(!existsSync('/dev/full'))('a full disk behind standard output', () => {
    for (const command of ['status', 'build', 'doctor --json']) {
      const { status, stderr } = inShell(`cli ${command} > /dev/full`);
      expect({ command, status, stderr }).toEqual({
        command,
        status: 2,
        stderr: expect.stringContaining('standard output: the disk is full'),
      });
    }
  });

  it('standard output closed, or a reader that leaves', () => {
    for (const script of [
      'cli status >&-',
      'cli status 2>&-',
      '{ cli status; echo $? >&3; } 3>code | true; exit $(cat code)',
    ])
      expect({ script, ...inShell(script) }).toMatchObject({
        script,
        status: 0,
        stderr: expect.not.stringContaining('fault'),
      });
  });

  it('what a system says of a path is for the user; a program or module that is missing is not', () => {
    const error = (code: string, path?: string) =>
      Object.assign(new Error(code), { code, ...(path === undefined ? {} : { path }) });
    for (const code of ['ENOENT', 'ELOOP', 'ENAMETOOLONG', 'EISDIR', 'EBUSY', 'ESTALE', 'ENOTCONN', 'ENODEV'])
      expect(describeError(error(code, '/data/x'))).toMatchObject({
        exitCode: 2,
        message: expect.stringContaining('/data/x'),
      });
    expect(findSystemTrouble(error('ENOENT'))).toBeNull();
    expect(
      describeError(new Error('IO Error: Cannot open file "/data/x": No such file or directory')),
    ).toMatchObject({ exitCode: 2, message: expect.stringContaining('/data/x') });
  });
});

describe('report --copy', () => {
  it('makes a folder without links that holds every page, touches nothing else, and writes over nothing', async () => {
    for (const argv of [['build'], ['publish'], ['report']])
      expect(await call(argv, { cwd })).toMatchObject({ exitCode: 0 });
    const before = readdirSync(join(cwd, 'data')).sort();
    const copy = join(cwd, 'hand over', 'report');
    const { exitCode, out, err } = await call(['report', '--copy', copy], { cwd });
    expect({ exitCode, out, err }).toEqual({
      exitCode: 0,
      out: expect.stringContaining(join(copy, 'index.html')),
      err: expect.stringContaining('`forget` and retention do not reach it'),
    });
    expect(lstatSync(copy).isDirectory()).toBe(true);
    expect(readdirSync(copy).sort()).toEqual(readdirSync(join(cwd, 'data', 'report')).sort());
    expect(readdirSync(copy).filter((name) => lstatSync(join(copy, name)).isSymbolicLink())).toEqual([]);
    expect(readdirSync(join(cwd, 'hand over'))).toEqual(['report']);
    expect(readdirSync(join(cwd, 'data')).sort()).toEqual(before);
    expect(await call(['report', '--copy', copy], { cwd })).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('is there already'),
    });
  });
});
