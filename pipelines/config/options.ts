import { join } from 'node:path';
import { defaultMemoryLimit } from './limits.js';
import {
  type Parse,
  parseAccount,
  parseAccounts,
  parseApiUrl,
  parseAssignment,
  parseChoice,
  parseColumn,
  parseDate,
  parseDuration,
  parseEndpointUrl,
  parseIdentifier,
  parseInstant,
  parseLocale,
  parseName,
  parsePath,
  parseQuarter,
  parseRate,
  parseSecret,
  parseSecretUrl,
  parseSize,
  parseSwitch,
  parseText,
  parseWhole,
  type Secret,
} from './values.js';

/** What every command may need, in the order in which defaults depend on each other. Paths are absolute. */
export interface Settings {
  configFile: string | null;
  data: string;
  warehouse: string;
  marts: string;
  published: string;
  out: string;
  seeds: string | null;
  inbox: string | null;
  sync: boolean;
  integrationId: number | null;
  brandId: number | null;
  days: number;
  buckets: number;
  engine: 'duckdb' | 'trino';
  lake: string | null;
  account: string;
  accounts: readonly string[] | 'all' | null;
  trinoUrl: string | null;
  trinoCatalog: string | null;
  trinoSchema: string;
  trinoTables: string | null;
  trinoLake: string | null;
  trinoUser: string;
  trinoPassword: Secret | null;
  trinoToken: Secret | null;
  asOf: Date | null;
  ratePerMinute: number;
  concurrency: number;
  maxRequests: number | null;
  maxDurationMs: number | null;
  auth: 'basic' | 'oauth2';
  baseUrl: string;
  tokenUrl: string;
  publicKey: Secret | null;
  secretKey: Secret | null;
  notifyUrl: Secret | null;
  notifyFormat: 'json' | 'slack' | 'teams' | 'text' | null;
  notifyOn: 'failure' | 'case' | 'always';
  keepSourceId: boolean;
  keepSnapshots: number;
  /** Days; null: age keeps none. */
  keepSnapshotDays: number | null;
  keepReports: number;
  /** Days; null: for ever. */
  keepLandedDays: number | null;
  /** How long the source may be silent; null: told by how it was so far. */
  sourceWarnAfterMs: number | null;
  locale: string;
  /** No tracking number in the report. */
  withoutParcels: boolean;
  /** A size as DuckDB takes it. */
  memoryLimit: string;
  threads: number;
  json: boolean;
  logFormat: 'text' | 'json';
  quiet: boolean;
  verbose: boolean;
  progress: boolean;
}

/** What belongs to single commands only. Null and false: not asked for. */
export interface CommandOptions {
  known: boolean;
  full: boolean;
  format: 'table' | 'csv' | 'json' | 'ndjson' | 'markdown' | 'parquet';
  output: string | null;
  queryFile: string | null;
  parameters: Readonly<Record<string, string>>;
  replay: string | null;
  sandboxNow: Date | null;
  randomSeed: number;
  limits: boolean;
  parcelCount: number;
  listFile: string | null;
  dryRun: boolean;
  /** Headers of a file, and the column that each is. */
  columnMap: Readonly<Record<string, string>>;
  rollback: boolean;
  singleFile: boolean;
  pdf: boolean;
  /** The browser that makes a PDF; null: the first that is found. */
  chromium: string | null;
  copyDir: string | null;
  forCarrier: string | null;
  /** A file of an earlier sheet, or the name of a snapshot. */
  against: string | null;
  allowFiles: boolean;
  examples: boolean;
  /** 'YYYY-MM-DD'. */
  fromDate: string | null;
  toDate: string | null;
  quarter: { from: string; to: string } | null;
  /** Of a snapshot beside the published one. */
  name: string | null;
  /** The snapshot to read: a named one, or a night's. */
  snapshot: string | null;
  yes: boolean;
  poll: boolean;
  deadLetters: boolean;
  /** 'YYYY-MM-DD'. */
  since: string | null;
  acceptFall: boolean;
  failOn: 'missed' | null;
  exportFormat: 'parquet' | 'csv' | 'xlsx';
  landedFile: string | null;
  overwrite: boolean;
}

export type OptionName = keyof Settings | keyof CommandOptions;

/** What the machine and the terminal are like; handed in, so that defaults can be tested. */
export interface Machine {
  totalMemoryBytes: number;
  cores: number;
  stderrIsTerminal: boolean;
}

/** What a default may depend on. */
export interface Surroundings extends Machine {
  data: string;
  /** Where derived data goes: beside the warehouse, when that alone was named. */
  derived: string;
  isCi: boolean;
}

/** One option: help, flags, environment, the file's template and doctor are all made from this. */
export interface OptionSpec<T> {
  /** As it is typed; `--max-requests`, PARCELMETRICS_MAX_REQUESTS and the file's "maxRequests" follow from it. */
  option: string;
  short?: string;
  /** What stands for the value in help; without one it is a switch. */
  argument?: string;
  /** The variable, where it is not PARCELMETRICS_ and the name. */
  env?: string;
  /** False: no flag (secrets never have one). */
  flag: boolean;
  /** Whether the configuration file may hold it. */
  file: boolean;
  secret?: true;
  everywhere?: true;
  repeatable?: true;
  /** The flag switches it off: `--no-progress`. */
  negated?: true;
  parse: Parse<T>;
  initial: (surroundings: Surroundings) => T;
  /** The default in words, where it is not the value itself. */
  initialText?: string;
  /** A value for the template, where the default is only words. */
  example?: string | number;
  help: string;
}

const flagOnly = { flag: true, file: false } as const;
const flagAndFile = { flag: true, file: true } as const;
const fileOnly = { flag: false, file: true } as const;
const hidden = { flag: false, file: false, secret: true } as const;
const none = { initial: () => null } as const;
const off = { parse: parseSwitch, initial: () => false } as const;

/** The options that end up in the configuration of every command. */
// biome-ignore format: a table reads best as one
export const SETTINGS: { readonly [K in keyof Settings]: OptionSpec<Settings[K]> } = {
  configFile: { option: 'config', argument: 'FILE', ...flagOnly, everywhere: true, parse: parsePath, ...none,
    initialText: './parcelmetrics.config.json if it is there', help: 'the configuration file' },
  data: { option: 'data', argument: 'DIR', ...fileOnly, parse: parsePath, initial: ({ data }) => data,
    initialText: './data', example: './data', help: 'the folder of everything that is kept' },
  warehouse: { option: 'warehouse', argument: 'FILE', ...flagAndFile, everywhere: true, parse: parsePath,
    initial: ({ data }) => join(data, 'warehouse.duckdb'), initialText: '<data>/warehouse.duckdb', example: './data/warehouse.duckdb',
    help: 'the database of what cannot be made again' },
  marts: { option: 'marts', argument: 'FILE', ...fileOnly, parse: parsePath,
    initial: ({ derived }) => join(derived, 'marts.duckdb'), initialText: 'beside the warehouse', example: './data/marts.duckdb',
    help: 'the database that build derives' },
  published: { option: 'published', argument: 'DIR', ...fileOnly, parse: parsePath,
    initial: ({ derived }) => join(derived, 'published'), initialText: 'published, beside the warehouse', example: './data/published',
    help: 'where publish puts the snapshot' },
  out: { option: 'out', argument: 'DIR', ...flagAndFile, parse: parsePath,
    initial: ({ derived }) => join(derived, 'report'), initialText: 'report, beside the warehouse', example: './data/report', help: 'where the report goes' },
  seeds: { option: 'seeds', argument: 'DIR', ...fileOnly, parse: parsePath, ...none,
    initialText: 'those of the package', example: './seeds', help: 'a folder of edited seed files (status codes, zones, operating days), `targets.csv` and `notes.csv`' },
  inbox: { option: 'inbox', argument: 'DIR', ...fileOnly, parse: parsePath, ...none, initialText: 'none', example: './inbox',
    help: 'a folder; nightly registers new files there first' },
  sync: { option: 'sync', ...fileOnly, parse: parseSwitch, initial: () => true,
    help: "nightly begins with the account's own shipments: new parcels are found, and which have moved" },
  integrationId: { option: 'integration-id', argument: 'N', ...fileOnly, parse: parseWhole(1, 1e12), ...none, initialText: 'all', example: 4560,
    help: 'sync only the shipments of this integration' },
  brandId: { option: 'brand-id', argument: 'N', ...fileOnly, parse: parseWhole(1, 1e12), ...none, initialText: 'all', example: 123,
    help: 'sync only the shipments of this brand' },
  days: { option: 'days', argument: 'N', ...flagAndFile, parse: parseWhole(1, 3660), initial: () => 90,
    help: 'the window in days that figures look back on' },
  buckets: { option: 'buckets', argument: 'N', ...flagAndFile, parse: parseWhole(1, 1024), initial: () => 1,
    help: 'derive and count the parcels in N parts, one after the other: the same tables with less memory, in more time' },
  engine: { option: 'engine', argument: 'KIND', ...flagAndFile, parse: parseChoice('duckdb', 'trino'), initial: () => 'duckdb',
    help: 'where rows of parcels are derived and counted: duckdb (here) or trino (from the lake)' },
  lake: { option: 'lake', argument: 'DIR', ...fileOnly, parse: parsePath, ...none, initialText: 'none', example: '/mnt/lake',
    help: 'a folder that gets what was landed as Parquet, for another engine to read' },
  account: { option: 'account', argument: 'NAME', ...fileOnly, parse: parseAccount, initial: () => 'own',
    help: 'whose parcels these are, in a lake of several accounts' },
  accounts: { option: 'accounts', argument: 'NAMES', ...flagAndFile, parse: parseAccounts, ...none, initialText: 'the own account, from its warehouse', example: 'shop,outlet',
    help: 'accounts whose parcels are built together, from the lake: names with commas between them, or all' },
  trinoUrl: { option: 'trino-url', argument: 'URL', ...fileOnly, parse: parseApiUrl, ...none, initialText: 'none', example: 'https://trino.example:8443',
    help: 'the address of Trino (http only on loopback)' },
  trinoCatalog: { option: 'trino-catalog', argument: 'NAME', ...fileOnly, parse: parseIdentifier, ...none, initialText: 'none', example: 'hive',
    help: 'a catalog of its Hive connector' },
  trinoSchema: { option: 'trino-schema', argument: 'NAME', ...fileOnly, parse: parseIdentifier, initial: () => 'parcelmetrics',
    help: 'how the names of the schemas begin that a build makes there and drops' },
  trinoTables: { option: 'trino-tables', argument: 'NAME', ...fileOnly, parse: parseIdentifier, ...none, initialText: 'none', example: 'iceberg',
    help: 'a catalog of its Iceberg connector, where rows of parcels last, so that a build derives changed parcels only' },
  trinoLake: { option: 'trino-lake', argument: 'URL', ...fileOnly, parse: parseText, ...none, initialText: 'none', example: 's3://bucket/lake',
    help: 'the folder of the lake, as Trino names it' },
  trinoUser: { option: 'trino-user', argument: 'NAME', ...fileOnly, parse: parseText, initial: () => 'parcelmetrics',
    help: 'the user of Trino' },
  trinoPassword: { option: 'trino-password', argument: 'TEXT', ...hidden, parse: parseSecret, ...none, initialText: 'none',
    help: "that user's password" },
  trinoToken: { option: 'trino-token', argument: 'TEXT', ...hidden, parse: parseSecret, ...none, initialText: 'none',
    help: 'a token in place of a password' },
  asOf: { option: 'as-of', argument: 'ISO', ...flagOnly, everywhere: true, parse: parseInstant, ...none,
    initialText: 'now', help: "the run's clock, frozen: for replays and tests, not for the live API" },
  ratePerMinute: { option: 'rate', argument: 'N/min', ...flagAndFile, parse: parseRate, initial: () => 600,
    initialText: '600/min', example: '600/min', help: "requests a minute (the account's 1000 are shared with your other systems)" },
  concurrency: { option: 'concurrency', argument: 'N', ...flagAndFile, parse: parseWhole(1, 64), initial: () => 8,
    help: 'requests under way at once' },
  maxRequests: { option: 'max-requests', argument: 'N', ...flagAndFile, parse: parseWhole(1, 1e9), ...none,
    initialText: 'no limit', example: 50_000, help: 'stop after this many requests; the rest waits for the next run' },
  maxDurationMs: { option: 'max-duration', argument: 'TIME', ...flagAndFile, parse: parseDuration, ...none,
    initialText: 'no limit', example: '2h', help: 'stop polling after this time, such as 2h or 90m' },
  auth: { option: 'auth', argument: 'KIND', env: 'SENDCLOUD_AUTH', ...fileOnly, parse: parseChoice('basic', 'oauth2'),
    initial: () => 'basic', help: 'how to sign in: basic or oauth2' },
  baseUrl: { option: 'base-url', argument: 'URL', env: 'SENDCLOUD_BASE_URL', ...fileOnly, parse: parseApiUrl,
    initial: () => 'https://panel.sendcloud.sc/api/v3', help: 'the API (http only on loopback)' },
  tokenUrl: { option: 'token-url', argument: 'URL', env: 'SENDCLOUD_TOKEN_URL', ...fileOnly, parse: parseEndpointUrl,
    initial: () => 'https://account.sendcloud.com/oauth2/token/', help: 'where oauth2 gets its tokens' },
  publicKey: { option: 'public-key', argument: 'KEY', env: 'SENDCLOUD_PUBLIC_KEY', ...hidden, parse: parseSecret, ...none,
    initialText: 'none', help: 'the public key of a Sendcloud API integration' },
  secretKey: { option: 'secret-key', argument: 'KEY', env: 'SENDCLOUD_SECRET_KEY', ...hidden, parse: parseSecret, ...none,
    initialText: 'none', help: 'its secret key' },
  notifyUrl: { option: 'notify-url', argument: 'URL', ...hidden, parse: parseSecretUrl, ...none, initialText: 'none',
    help: "a webhook that gets each night's summary" },
  notifyFormat: { option: 'notify-format', argument: 'KIND', ...fileOnly, parse: parseChoice('json', 'slack', 'teams', 'text'), ...none,
    initialText: 'by the host of the address', example: 'slack',
    help: 'what the webhook takes: json (every field), slack, teams (an Adaptive Card), or text (Google Chat, and others that refuse unknown fields)' },
  notifyOn: { option: 'notify-on', argument: 'WHEN', ...fileOnly, parse: parseChoice('failure', 'case', 'always'), initial: () => 'always',
    help: 'which nights are told: failure (any exit code but 0), case (also a first case that is new), always' },
  keepSourceId: { option: 'keep-source-id', ...fileOnly, ...off,
    help: 'also keep source_id, a number of your shop system' },
  keepSnapshots: { option: 'keep-snapshots', argument: 'N', ...fileOnly, parse: parseWhole(1, 10_000), initial: () => 7,
    help: 'how many of the newest snapshots are kept' },
  keepSnapshotDays: { option: 'keep-snapshot-days', argument: 'N', ...fileOnly, parse: parseWhole(1, 3660), ...none,
    initialText: 'none', example: 30, help: 'keep also every snapshot of the last N days' },
  keepReports: { option: 'keep-reports', argument: 'N', ...fileOnly, parse: parseWhole(1, 10_000), initial: () => 7,
    help: 'how many of the newest reports are kept' },
  keepLandedDays: { option: 'keep-landed-days', argument: 'N', ...fileOnly, parse: parseWhole(30, 36_500), ...none,
    initialText: 'for ever', example: 800, help: 'drop parcels that were closed longer ago; they leave every figure for good' },
  sourceWarnAfterMs: { option: 'source-warn-after', argument: 'TIME', ...fileOnly, parse: parseDuration, ...none,
    initialText: '3 times the longest gap between label dates of the last 90 days, at least 3 days', example: '7d',
    help: 'warn when no new label, or no successful poll, came for so long' },
  locale: { option: 'locale', argument: 'TAG', ...flagAndFile, parse: parseLocale, initial: () => 'en-GB',
    help: 'how the report writes numbers and dates' },
  withoutParcels: { option: 'without-parcels', ...flagAndFile, ...off,
    help: 'leave tracking numbers out of the report: no list of parcels, no file that has any' },
  memoryLimit: { option: 'memory-limit', argument: 'SIZE', ...fileOnly, parse: parseSize, initial: ({ totalMemoryBytes }) => defaultMemoryLimit(totalMemoryBytes),
    initialText: '800MB, 1GB more for each million parcels beyond the first; a build begins with 200MB and 150MB for each 100,000 parcels, where that is less, and one that lacks memory is made again with half of the memory', example: '4GB',
    help: 'what the database may use before it spills to disk' },
  threads: { option: 'threads', argument: 'N', ...fileOnly, parse: parseWhole(1, 256), initial: ({ cores }) => cores,
    initialText: 'one, and one more for each 250,000 parcels, at most one a core', example: 2, help: 'threads of the database' },
  json: { option: 'json', ...flagOnly, everywhere: true, ...off, help: 'one machine-readable object on stdout' },
  logFormat: { option: 'log-format', argument: 'KIND', ...flagAndFile, everywhere: true, parse: parseChoice('text', 'json'),
    initial: () => 'text', help: 'log lines on stderr: text or json' },
  quiet: { option: 'quiet', short: 'q', ...flagOnly, everywhere: true, ...off, help: 'warnings and errors only' },
  verbose: { option: 'verbose', short: 'v', ...flagOnly, everywhere: true, ...off,
    help: 'details, whole tracking numbers, and stacks of faults' },
  progress: { option: 'progress', ...flagOnly, everywhere: true, negated: true, parse: parseSwitch,
    initial: ({ stderrIsTerminal, isCi }) => stderrIsTerminal && !isCi,
    initialText: 'on a terminal, unless CI is set', help: 'no progress bar' },
};

/** The options of single commands. A new one is an entry here and its name in the command that takes it. */
// biome-ignore format: a table reads best as one
export const COMMAND_OPTIONS: { readonly [K in keyof CommandOptions]: OptionSpec<CommandOptions[K]> } = {
  known: { option: 'known', ...flagOnly, ...off, help: 'parcels that Sendcloud already tracks: add them to the registry only' },
  full: { option: 'full', ...flagOnly, ...off, help: 'derive everything again' },
  format: { option: 'format', argument: 'KIND', ...flagOnly, parse: parseChoice('table', 'csv', 'json', 'ndjson', 'markdown', 'parquet'),
    initial: () => 'table', help: 'table, csv, json, ndjson, markdown, or parquet (to a file)' },
  output: { option: 'output', argument: 'FILE', ...flagOnly, parse: parsePath, ...none, initialText: 'none',
    help: 'write the rows to a file; parquet needs it, and --allow-files' },
  queryFile: { option: 'file', short: 'f', argument: 'FILE', ...flagOnly, parse: parsePath, ...none, initialText: 'none',
    help: 'read the query from a file' },
  parameters: { option: 'param', short: 'p', argument: 'name=value', ...flagOnly, repeatable: true, parse: parseAssignment,
    initial: () => ({}), initialText: 'none', help: 'a parameter of the query; may be given several times' },
  replay: { option: 'replay', argument: 'FILE', ...flagOnly, parse: parsePath, ...none, initialText: 'simulated parcels',
    help: 'serve real responses, one a line' },
  sandboxNow: { option: 'now', argument: 'ISO', ...flagOnly, parse: parseInstant, ...none, initialText: 'the real time',
    help: 'the virtual clock: later events are not visible yet' },
  randomSeed: { option: 'seed', argument: 'N', ...flagOnly, parse: parseWhole(0, 2 ** 32 - 1), initial: () => 1,
    help: 'the seed of the simulated parcels' },
  limits: { option: 'limits', ...flagOnly, ...off, help: "apply the real API's rate limits" },
  parcelCount: { option: 'parcels', argument: 'N', ...flagOnly, parse: parseWhole(1, 10_000_000), initial: () => 6000,
    help: 'how many parcels are simulated' },
  listFile: { option: 'list', argument: 'FILE', ...flagOnly, parse: parsePath, ...none, initialText: 'none',
    help: 'write the parcels as a file for `register --known`' },
  dryRun: { option: 'dry-run', ...flagOnly, ...off, help: 'check the file and count; send and keep nothing' },
  columnMap: { option: 'map', argument: 'HEADER=COLUMN', ...flagOnly, repeatable: true, parse: parseColumn, initial: () => ({}), initialText: 'none',
    help: 'which column a header of the file is, such as "Tracking number=tracking_number"; may be given several times' },
  rollback: { option: 'rollback', ...flagOnly, ...off, help: 'go back to the snapshot before the current one' },
  singleFile: { option: 'single-file', ...flagOnly, ...off, help: 'all pages in one file, to e-mail' },
  pdf: { option: 'pdf', ...flagOnly, ...off, help: 'all pages as one PDF, by an installed Chromium' },
  chromium: { option: 'chromium', argument: 'FILE', ...flagOnly, parse: parsePath, ...none, initialText: 'the first on the PATH',
    help: 'the Chromium or Chrome that makes the PDF' },
  copyDir: { option: 'copy', argument: 'DIR', ...flagOnly, parse: parsePath, ...none, initialText: 'none',
    help: 'a folder of its own without links, to hand on; forget does not reach it' },
  forCarrier: { option: 'for', argument: 'CARRIER', ...flagOnly, parse: (raw) => raw, ...none, initialText: 'none',
    help: "the sheet for that carrier: its own parcels and targets, of the others only what tells of none" },
  against: { option: 'against', argument: 'FILE', ...flagOnly, parse: (raw) => raw, ...none, initialText: 'none',
    help: 'with --for: an earlier sheet beside this one, its file in agreed/, or the name of a snapshot' },
  allowFiles: { option: 'allow-files', ...flagOnly, ...off, help: 'let the query read files of yours' },
  fromDate: { option: 'from', argument: 'DATE', ...flagOnly, parse: parseDate, ...none, initialText: 'none',
    help: 'the first label date, such as 2026-01-01' },
  toDate: { option: 'to', argument: 'DATE', ...flagOnly, parse: parseDate, ...none, initialText: 'none', help: 'the last label date' },
  quarter: { option: 'quarter', argument: 'QUARTER', ...flagOnly, parse: parseQuarter, ...none, initialText: 'none',
    help: 'a quarter instead of --from and --to, such as 2026Q3' },
  name: { option: 'name', argument: 'NAME', ...flagOnly, parse: parseName, ...none, initialText: 'none',
    help: 'what the snapshot is called, such as q3: it stands beside the published one' },
  snapshot: { option: 'snapshot', argument: 'NAME', ...flagOnly, parse: (raw) => raw, ...none, initialText: 'the published one',
    help: 'another snapshot: one that `build --name` made, or one of a night that is kept' },
  yes: { option: 'yes', ...flagOnly, ...off, help: 'do not ask' },
  poll: { option: 'poll', ...flagOnly, ...off, help: 'ask the API for this parcel first, and build; nothing is published' },
  deadLetters: { option: 'dead-letters', ...flagOnly, ...off, help: 'list the parcels that are no longer asked for, why, and since when' },
  since: { option: 'since', argument: 'DATE', ...flagOnly, parse: parseDate, ...none, initialText: 'what was updated since the last sync; 90 days the first time',
    help: 'list all that was announced since that day' },
  acceptFall: { option: 'accept-fall', ...flagOnly, ...off, help: 'publish though the parcels are fewer than half of what is published' },
  exportFormat: { option: 'format', argument: 'KIND', env: 'PARCELMETRICS_EXPORT_FORMAT', ...flagOnly, parse: parseChoice('parquet', 'csv', 'xlsx'), initial: () => 'parquet',
    help: 'parquet, csv, or xlsx (a workbook a table)' },
  landedFile: { option: 'landed', argument: 'FILE', ...flagOnly, parse: parsePath, ...none, initialText: 'none',
    help: 'write the landed responses instead, as lines for import and restore (.gz: packed)' },
  overwrite: { option: 'overwrite', ...flagOnly, ...off, help: 'replace what is there' },
  failOn: { option: 'fail-on', argument: 'VERDICT', ...flagOnly, parse: parseChoice('missed'), ...none, initialText: 'never',
    help: 'end with 3 where an agreed figure is missed' },
  examples: { option: 'examples', ...flagOnly, ...off, help: 'show questions that managers ask, and how to run them' },
};

/** Every option there is. */
export const OPTIONS: Readonly<Record<OptionName, OptionSpec<unknown>>> = { ...SETTINGS, ...COMMAND_OPTIONS };

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly (keyof Settings)[];

/** The environment variable of an option. */
export function environmentName({ env, option }: { env?: string; option: string }): string {
  return env ?? `PARCELMETRICS_${option.replaceAll('-', '_').toUpperCase()}`;
}

/** The key of an option in the configuration file; null where the file may not hold it. */
export function fileKey({ file, option }: { file: boolean; option: string }): string | null {
  return file ? option.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) : null;
}

/** The default of an option, in the words of help, doctor and the template; null for a switch that is off. */
export function defaultText(name: OptionName): string | null {
  const value = OPTIONS[name].initialText ?? plainDefault(name);
  return value === false ? null : String(value);
}

/** What the template of the configuration file shows for an option. */
export function templateValue(name: OptionName): unknown {
  return OPTIONS[name].example ?? plainDefault(name);
}

function plainDefault(name: OptionName): unknown {
  const nowhere = {
    totalMemoryBytes: 0,
    cores: 1,
    stderrIsTerminal: false,
    data: '',
    derived: '',
    isCi: false,
  };
  return OPTIONS[name].initial(nowhere);
}
