import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll } from 'vitest';
import { toCsv } from '../../pipelines/first-steps/sandbox.js';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../pipelines/sandbox/server.js';
import { simulateParcels } from '../../pipelines/sandbox/simulate.js';
import { compileProgram } from './program.js';

export const eve = new Date('2026-11-02T04:12:00Z');
export const dawn = new Date('2026-11-03T04:12:00Z');

const cleanUps: (() => unknown)[] = [];

afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Does something when the file's tests are over. */
export function whenOver(cleanUp: () => unknown): void {
  cleanUps.push(cleanUp);
}

/** A folder that ends with the tests of this file. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-faults-'));
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let compiled: string | null = null;

/** `cli.js`, compiled once: by the suite's set-up, or for this file. */
export function programPath(): string {
  if (compiled === null) {
    compiled = process.env.FAULTS_COMPILED ?? null;
    if (compiled === null) {
      const made = compileProgram();
      cleanUps.push(() => rmSync(made, { recursive: true, force: true }));
      compiled = made;
    }
  }
  return join(compiled, 'pipelines', 'cli.js');
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
  ms: number;
}

export interface Started {
  child: ChildProcess;
  ended: Promise<Ended>;
}

export interface Place {
  folder: string;
  environment?: Record<string, string>;
  /** What runs node: strace and its options, a shell that sets a limit. */
  prefix?: readonly string[];
  /** Another program than the command line: a module beside it. */
  program?: string;
}

/** The program as a process of its own. */
export function startProgram(
  argv: readonly string[],
  { folder, environment, prefix = [], program = programPath() }: Place,
): Started {
  const command = [...prefix, process.execPath, program, ...argv];
  const startedMs = performance.now();
  const child = spawn(command[0] ?? '', command.slice(1), {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      PARCELMETRICS_THREADS: '1',
      PARCELMETRICS_MEMORY_LIMIT: '1GB',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({
        code,
        signal,
        out: Buffer.concat(out).toString('utf8'),
        err: Buffer.concat(err).toString('utf8'),
        ms: performance.now() - startedMs,
      }),
    );
  });
  return { child, ended };
}

export const runProgram = (argv: readonly string[], place: Place) => startProgram(argv, place).ended;

/** Like runProgram; fails with what the program said unless it ends as expected. */
export async function mustRun(argv: readonly string[], place: Place, code = 0): Promise<Ended> {
  const ended = await runProgram(argv, place);
  if (ended.code !== code)
    throw new Error(
      `${argv.join(' ')}: ended with ${ended.code ?? ended.signal}, not ${code}: ${ended.err}${ended.out}`,
    );
  return ended;
}

export interface World {
  sandbox: Sandbox;
  source: ReturnType<typeof simulateParcels>;
  environment: Record<string, string>;
  /** Parcels as a file for `register --known`. */
  writeParcels(folder: string, at: Date): string;
}

/** A simulated API with a few parcels, and the environment that points a program at it. */
export async function openWorld(count: number, options: Partial<SandboxOptions> = {}): Promise<World> {
  const source = simulateParcels({ seed: 11, count, now: dawn });
  const sandbox = await startSandbox({ source, now: eve, ...options });
  cleanUps.push(() => sandbox.close());
  return {
    sandbox,
    source,
    environment: {
      SENDCLOUD_BASE_URL: sandbox.url,
      SENDCLOUD_TOKEN_URL: sandbox.tokenUrl,
      SENDCLOUD_PUBLIC_KEY: sandbox.publicKey,
      SENDCLOUD_SECRET_KEY: sandbox.secretKey,
      PARCELMETRICS_RATE: '600000/min',
    },
    writeParcels(folder, at) {
      const path = join(folder, 'parcels.csv');
      writeFileSync(path, toCsv(source.list(at)));
      return path;
    },
  };
}

/** A copy of a folder; symlinks stay as they are. */
export function copyFolder(from: string): string {
  const folder = makeFolder();
  cpSync(from, folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}

/** Every table of a database file as a digest of its rows in order of their text; columns that name the run are left out. */
export async function digestTables(path: string): Promise<Record<string, string>> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY', threads: '1' });
  const connection = await instance.connect();
  try {
    const tables = await connection.runAndReadAll(
      `select table_name from duckdb_tables() where not internal order by table_name`,
    );
    const digests: Record<string, string> = {};
    for (const [table] of tables.getRows()) {
      const rows = await connection.runAndReadAll(
        `select distinct shown::varchar, count(*)::varchar from "${String(table)}" as shown group by 1 order by 1`,
      );
      digests[String(table)] = createHash('sha256')
        .update(JSON.stringify(rows.getRows()))
        .digest('hex')
        .slice(0, 16);
    }
    return digests;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export const publishedFile = (folder: string) => join(folder, 'data', 'published', 'shipping.duckdb');

/** What the landed tables hold, less what names a run. */
export async function digestLanded(folder: string): Promise<string> {
  const instance = await DuckDBInstance.create(join(folder, 'data', 'warehouse.duckdb'), {
    access_mode: 'READ_ONLY',
    threads: '1',
  });
  const connection = await instance.connect();
  try {
    const hash = createHash('sha256');
    for (const table of [
      'registry',
      'listed_numbers',
      'landed_polls',
      'landed_responses',
      'landed_events',
      'landed_refusals',
    ]) {
      const columns = await connection.runAndReadAll(
        `select column_name from duckdb_columns() where table_name = '${table}' and column_name not in ('run_id', 'digest') order by column_index`,
      );
      const names = columns
        .getRows()
        .map(([name]) => `"${String(name)}"`)
        .join();
      const rows = await connection.runAndReadAll(`select row(${names})::varchar from ${table} order by 1`);
      hash.update(JSON.stringify(rows.getRows()));
    }
    return hash.digest('hex').slice(0, 16);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** What of a published snapshot and a report is not whole: each file opens and is the one its manifest names, each page ends. */
export async function findTorn(folder: string): Promise<string[]> {
  const torn: string[] = [];
  const published = join(folder, 'data', 'published');
  const report = join(folder, 'data', 'report');
  for (const link of [published, report]) {
    const isLink = lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    if (isLink && !existsSync(link)) torn.push(`${link} leads nowhere`);
  }
  if (existsSync(published)) {
    const place = realpathSync(published);
    const manifest = JSON.parse(readFileSync(join(place, 'manifest.json'), 'utf8')) as {
      files: Record<string, { sha256: string }>;
    };
    for (const [name, { sha256 }] of Object.entries(manifest.files)) {
      const bytes = readFileSync(join(place, name));
      if (createHash('sha256').update(bytes).digest('hex') !== sha256)
        torn.push(`${name} is not what was published`);
    }
    await digestTables(join(place, 'shipping.duckdb')).catch((error) => torn.push(String(error)));
  }
  if (existsSync(report)) {
    const pages = readdirSync(realpathSync(report)).filter((name) => name.endsWith('.html'));
    if (!pages.includes('index.html')) torn.push('the report has no index.html');
    for (const page of pages) {
      if (!readFileSync(join(report, page), 'utf8').trimEnd().endsWith('</html>'))
        torn.push(`${page} is half a page`);
    }
  }
  return torn;
}
