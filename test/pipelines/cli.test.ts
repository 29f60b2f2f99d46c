import { spawn, spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { main, type World } from '../../pipelines/cli.js';
import { COMMANDS, type CommandSpec } from '../../pipelines/command-list.js';
import type { Context, Run } from '../../pipelines/context.js';
import { ParcelmetricsError } from '../../pipelines/errors.js';
import { NO_COUNTS, startRun, writeRunFile } from '../../pipelines/store/runs.js';
import { openWarehouse } from '../../pipelines/store/warehouse.js';
import { compilePackage } from './compiled.js';

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'parcelmetrics-cli-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

/** A command made for one test. */
function command(run: Run, more: Partial<CommandSpec> = {}): CommandSpec {
  const rest = { group: 'Answers', summary: 'a test', optionNames: [], examples: [] } as const;
  return { name: 'try', ...rest, load: async () => run, ...more };
}

/** Calls the program as a user would, in this process. */
async function call(line: string, more: Partial<World> = {}) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const world: World = {
    environment: {},
    cwd,
    machine: { totalMemoryBytes: 8e9, cores: 2, stderrIsTerminal: false },
    stdout,
    stderr,
    now: () => new Date('2026-03-01T12:00:00Z'),
    signals: new EventEmitter(),
    exit: () => {},
    commands: COMMANDS,
    ...more,
  };
  const exitCode = await main(line.split(' ').filter(Boolean), world);
  return { exitCode, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

describe('help and usage', () => {
  it('lists the commands that exist, the options of every command, and the exit codes', async () => {
    const { exitCode, out, err } = await call('--help');
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    for (const { name, summary } of COMMANDS)
      expect(out).toMatch(new RegExp(`^ {2}${name}\\b.*${summary.slice(0, 20)}`, 'm'));
    expect(out).toMatch(/--as-of <ISO> .*\n? *\[PARCELMETRICS_AS_OF; default now\]/);
    expect(out).toContain('6 another run holds the warehouse');
    expect(out.indexOf('First steps:')).toBeLessThan(out.indexOf('--warehouse'));
  });

  it.each(COMMANDS.map(({ name }) => name))('shows an example and the options of %s', async (name) => {
    const { exitCode, out } = await call(`${name} --help`);
    expect(exitCode).toBe(0);
    expect(out).toMatch(new RegExp(`Examples:\\n {2}parcelmetrics ${name}`));
    expect(out).toContain('Options of every command:');
    expect(await call(`help ${name}`)).toMatchObject({ exitCode: 0, out });
  });

  it('is as wide where a terminal tells no width, or none', async () => {
    const usual = await call('sql --help');
    for (const columns of [0, undefined]) {
      const stdout = Object.assign(new PassThrough(), { isTTY: true, columns });
      await call('sql --help', { stdout });
      expect(String(stdout.read())).toBe(usual.out);
    }
  });

  it('shows flag, variable and default of the options of a command', async () => {
    const commands = [command(async () => 0, { optionNames: ['days', 'known', 'parameters'] })];
    const { out } = await call('try --help', { commands });
    expect(out).toMatch(/--days <N> +the window .*\[PARCELMETRICS_DAYS;\s+default 90\]/);
    expect(out).toContain('[PARCELMETRICS_PROGRESS=false]');
    expect(out).toMatch(/-p, --param <name=value>/);
  });

  it.each([
    ['statsu', "unknown command 'statsu'\n(Did you mean status?)\nSee: parcelmetrics --help"],
    ['status --jsn', "unknown option '--jsn'\n(Did you mean --json?)\nSee: parcelmetrics status --help"],
    ['status extra', "too many arguments for 'status'"],
    ['status --as-of', "option '--as-of <ISO>' argument missing"],
    ['status --secret-key sk', "unknown option '--secret-key'"],
  ])('ends %s with exit code 2', async (line, message) => {
    const { exitCode, out, err } = await call(line);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain(`error: ${message}`);
  });

  it('shows help on stderr without a command', async () => {
    expect(await call('')).toMatchObject({ exitCode: 2, out: '', err: expect.stringContaining('Usage:') });
  });

  it('answers a wrong call under --json with an object', async () => {
    const { out } = await call('status --jsn --json');
    expect(JSON.parse(out).error).toMatchObject({ code: 'usage', exitCode: 2 });
  });
});

describe('what a command gets', () => {
  it('takes flags before and after the command, and freezes the clock', async () => {
    const seen: Context[] = [];
    const run: Run = async (context) => {
      seen.push(context);
      return 3;
    };
    const spec = { arguments: '<file...>', optionNames: ['days', 'known'] } as const;
    const line = '--json try a.csv --as-of 2026-01-02T03:04:05Z b.csv --days 7 --known -q';
    expect(await call(line, { commands: [command(run, spec)] })).toMatchObject({ exitCode: 3 });
    const [context] = seen;
    expect(context?.args).toEqual(['a.csv', 'b.csv']);
    expect(context?.config).toMatchObject({ json: true, days: 7, quiet: true });
    expect(context?.options.known).toBe(true);
    expect([context?.clock(), context?.clock()].map((date) => date?.toISOString())).toEqual(
      Array(2).fill('2026-01-02T03:04:05.000Z'),
    );
  });

  it('writes data to stdout and log lines to stderr', async () => {
    const run: Run = async ({ stdout, log, clock }) => {
      log.info('working');
      stdout(`${clock().toISOString()}\n`);
      return 0;
    };
    const { out, err } = await call('try --log-format json', { commands: [command(run)] });
    expect(out).toBe('2026-03-01T12:00:00.000Z\n');
    expect(JSON.parse(err)).toMatchObject({ level: 'info', msg: 'working' });
  });
});

describe('errors', () => {
  const failing = (error: unknown) => [command(() => Promise.reject(error))];

  it('shows an error for the user in two lines, with its exit code', async () => {
    const error = new ParcelmetricsError('line 17: no postal code', {
      code: 'input',
      exitCode: 2,
      hint: 'Nothing was changed.',
    });
    const { exitCode, out, err } = await call('try', { commands: failing(error) });
    expect({ exitCode, out, err }).toEqual({
      exitCode: 2,
      out: '',
      err: 'error: line 17: no postal code\nNothing was changed.\n',
    });
  });

  it('prints it as an object under --json, unless the command printed its own', async () => {
    const error = Object.assign(new Error('refused'), { exitCode: 4, code: 'unauthorized' });
    const { out } = await call('try --json', { commands: failing(error) });
    expect(JSON.parse(out)).toEqual({ error: { code: 'unauthorized', message: 'refused', exitCode: 4 } });
    const spoken = command(async ({ stdout }) => {
      stdout('{}\n');
      throw error;
    });
    expect(await call('try --json', { commands: [spoken] })).toMatchObject({ exitCode: 4, out: '{}\n' });
    const logged = await call('try --log-format json', { commands: failing(error) });
    expect(JSON.parse(logged.err)).toMatchObject({ level: 'error', msg: 'refused', code: 'unauthorized' });
  });

  it('calls anything else a fault of ours, and shows its stack under -v only', async () => {
    const error = new TypeError('x is undefined', { cause: new Error('deeper') });
    const { exitCode, err } = await call('try', { commands: failing(error) });
    expect(exitCode).toBe(1);
    expect(err).toMatch(
      /^error: a fault of ours, not of your input: TypeError: x is undefined\n.*report.*node v/,
    );
    expect(err).not.toMatch(/^\s+at /m);
    const verbose = await call('try -v', { commands: failing(error) });
    expect(verbose.err).toMatch(/^\s+at /m);
    expect(verbose.err).toContain('caused by Error: deeper');
    expect((await call('try', { commands: failing('a text') })).exitCode).toBe(1);
  });

  it('never shows what JSON.parse quotes', async () => {
    const run: Run = async () => JSON.parse('Jane Doe, Main Street 1');
    expect((await call('try -v', { commands: [command(run)] })).err).not.toMatch(/Jane/);
  });

  it('takes a full disk or a missing right for what it is', async () => {
    const error = Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC', path: '/data/x' });
    const { exitCode, err } = await call('try', { commands: failing(error) });
    expect({ exitCode, err }).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('/data/x: the disk is full'),
    });
  });

  it('says what to set when the database has too little memory', async () => {
    const instance = await DuckDBInstance.create(':memory:', { memory_limit: '20MB', threads: '1' });
    const connection = await instance.connect();
    const error = await connection.run('select list(range) from range(20000000)').catch((thrown) => thrown);
    connection.closeSync();
    instance.closeSync();
    const { exitCode, err } = await call('try', { commands: failing(error) });
    expect(exitCode).toBe(2);
    expect(err).toMatch(
      /^error: the database needs more memory than it may have \(ENOMEM\)\n.*Set "memoryLimit"/,
    );
  });

  it('stops at a wrong configuration before the command runs', async () => {
    const ran: string[] = [];
    const run: Run = async () => ran.push('ran');
    writeFileSync(join(cwd, 'parcelmetrics.config.json'), '{"days": 0}');
    const { exitCode, err } = await call('try', { commands: [command(run)] });
    expect({ exitCode, ran }).toEqual({ exitCode: 2, ran: [] });
    expect(err).toMatch(/"days" in .*config\.json, line 1: "0" is not/);
  });
});

describe('signals', () => {
  const untilStopped: Run = async ({ signal }) => {
    await once(signal, 'abort');
    throw Object.assign(new Error('the request was cut off'), { exitCode: 4 });
  };

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('stops the command at %s with exit code %i', async (name, code) => {
    const signals = new EventEmitter();
    const going = call('try', { signals, commands: [command(untilStopped)] });
    await expect.poll(() => signals.listenerCount(name)).toBe(1);
    signals.emit(name);
    const { exitCode, err } = await going;
    expect({ exitCode, err }).toMatchObject({
      exitCode: code,
      err: expect.stringMatching(`interrupted by ${name}.*\n.*kept`),
    });
    expect(signals.listenerCount(name)).toBe(0);
  });

  it('exits at once at the second signal', async () => {
    const signals = new EventEmitter();
    const exits: number[] = [];
    const stubborn: Run = async () => {
      signals.emit('SIGINT');
      expect(exits).toEqual([]);
      signals.emit('SIGTERM');
      return 0;
    };
    const exit = (code: number) => void exits.push(code);
    await call('try', { signals, exit, commands: [command(stubborn)] });
    expect(exits).toEqual([143]);
  });

  it('counts the end of a run that stopped by itself as interrupted, unless that is how it ends', async () => {
    const signals = new EventEmitter();
    const graceful: Run = async () => {
      signals.emit('SIGINT');
      return 0;
    };
    expect((await call('try', { signals, commands: [command(graceful)] })).exitCode).toBe(130);
    const server = command(graceful, { endsBySignal: true });
    expect(await call('try', { signals, commands: [server] })).toEqual({ exitCode: 0, out: '', err: '' });
  });
});

describe('init and status', () => {
  it('writes both files once and keeps what is there', async () => {
    const first = await call('init --json');
    const files = [join(cwd, 'parcelmetrics.config.json'), join(cwd, '.env.example')];
    expect(JSON.parse(first.out)).toEqual({ written: files, kept: [] });
    writeFileSync(files[0] ?? '', '{"days": 5}');
    expect(JSON.parse((await call('init --json')).out)).toEqual({ written: [], kept: files });
    expect(readFileSync(files[0] ?? '', 'utf8')).toBe('{"days": 5}');
    expect((await call('init')).out).toMatch(/^kept.*\nkept.*\n\nNext:/);
  });

  it('tells of no run, of the last runs, and of one under way', async () => {
    expect(await call('status')).toMatchObject({ exitCode: 0, out: 'no run yet\n' });
    expect(existsSync(join(cwd, 'data'))).toBe(false);
    const path = join(cwd, 'data', 'warehouse.duckdb');
    const warehouse = await openWarehouse({ path, memoryLimit: '500MB', threads: 1, command: 'nightly' });
    const clock = () => new Date('2026-03-01T02:00:00Z');
    const runId = await startRun(warehouse.connection, { command: 'nightly', clock, now: clock });
    expect((await call('status')).out).toMatch(/^running: "parcelmetrics nightly" \(pid \d+, since .*\)\n$/);
    const at = clock().toISOString();
    const state = {
      ...NO_COUNTS,
      requests: 9,
      runId,
      command: 'nightly',
      pid: process.pid,
      clockAt: at,
      startedAt: at,
    };
    writeRunFile(path, {
      ...state,
      updatedAt: at,
      endedAt: null,
      exitCode: null,
      phase: 'extract',
      done: 8,
      total: 20,
    });
    expect((await call('status')).out).toMatch(/\nextract: 8 of 20 at 2026.*\nso far: 9 requests/);
    await warehouse.close();
    const { runs, running } = JSON.parse((await call('status --json')).out);
    expect({ running, runs }).toMatchObject({ running: null, runs: [{ runId, endedAt: null }] });
    expect((await call('status')).out).toMatch(/2026-03-01T02:00:00Z {2}nightly +did not end: 0 requests/);
  });
});

describe('as a process', () => {
  let compiled = '';
  beforeAll(() => {
    compiled = compilePackage();
  });
  afterAll(() => rmSync(compiled, { recursive: true }));

  /** A process with one command of its own beside the real program. */
  const start = (run: string) => {
    const url = pathToFileURL(join(compiled, 'pipelines', 'cli.js')).href;
    const code = `import { main, processWorld } from ${JSON.stringify(url)};
      const spec = { name: 'try', group: 'Answers', summary: '', optionNames: [], examples: [], stopsWithOutput: true,
        load: async () => async ({ stdout, signal }) => { ${run} } };
      process.exitCode = await main(['try'], { ...processWorld(), commands: [spec] });`;
    return spawn(process.execPath, ['--input-type=module', '-e', code], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };

  it('runs through a link, as npm installs it', () => {
    const link = join(cwd, 'parcelmetrics');
    symlinkSync(join(compiled, 'pipelines', 'cli.js'), link);
    const result = spawnSync(process.execPath, [link, '--version'], { encoding: 'utf8' });
    expect(result).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
    expect(spawnSync(process.execPath, [link, 'nonsense']).status).toBe(2);
  });

  it('loads nothing but commander for help, and one file of constants', () => {
    const packages = new Set<string>();
    const visited = new Set<string>();
    const visit = (file: string) => {
      if (visited.has(file)) return;
      visited.add(file);
      // Compiled files: imports of types are gone, those within functions do not begin a line.
      for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(
        /^(?:import|export) .*from '(.+)';$/gm,
      )) {
        if (name.startsWith('.')) visit(join(file, '..', name));
        else if (!name.startsWith('node:')) packages.add(name);
      }
    };
    visit(join(compiled, 'pipelines', 'cli.js'));
    expect(visited.size).toBeGreaterThan(5);
    expect([...packages].sort()).toEqual(['commander', 'date-fns/constants']);
  });

  it('ends with 130 at a real SIGINT', async () => {
    const child = start(`stdout('ready'); const timer = setInterval(() => {}, 1000);
      await new Promise((resolve) => signal.addEventListener('abort', resolve)); clearInterval(timer); return 0;`);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
  });

  it('ends quietly when the reader of its output leaves', async () => {
    const child =
      start(`while (!signal.aborted) { stdout('x'.repeat(10_000)); await new Promise(setImmediate); }
      throw signal.reason;`);
    let err = '';
    child.stderr.on('data', (part) => {
      err += part;
    });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(err).toBe('');
  });
});
