import { existsSync, lstatSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { seedNames } from '../../queries/seed-files.js';
import { loadSeeds } from '../../queries/seeds.js';
import { CONFIG_FILE_NAME, type Config } from '../config/config.js';
import { environmentName, OPTIONS, SETTING_NAMES } from '../config/options.js';
import { isLoopback, Secret } from '../config/values.js';
import { type Context, say } from '../context.js';
import { describeError } from '../errors.js';
import { findIntervalsFile, readIntervals } from '../extract/plan.js';
import { proxyOf } from '../night/api.js';
import { sayInstant } from '../night/lines.js';
import { guessForm } from '../night/notice-forms.js';
import { leastWholeDays } from '../night/retention.js';
import { nameProxy } from '../sendcloud/trouble.js';
import { DuckDBInstance, version as duckdbVersion } from '../store/driver.js';
import { describeHolder, inspectLock, lockPath } from '../store/lock.js';
import { describeNamed, sayNamed } from '../store/named.js';
import { type Manifest, readManifest } from '../store/publish.js';
import { readRuns } from '../store/runs.js';
import { listSetAside, readSchemaVersion, readWarehouse } from '../store/warehouse.js';
import { packageVersion } from '../version.js';
import { checkEngine, checkLake } from './doctor-engine.js';
import type { Finding } from './finding.js';

/**
 * Asks the API once, with the configured credentials. `ok` is false when something else than the API answers.
 *
 * @throws an error with an exit code when the API refuses or cannot be reached.
 */
export type CheckSignIn = (
  config: Config,
  signal: AbortSignal,
) => Promise<{ ok: boolean; serverDateMs: number | null }>;

export interface DoctorWorld {
  checkSignIn?: CheckSignIn;
  /** The real time. */
  now?: () => Date;
  freeBytes?: (folder: string) => number;
  nodeVersion?: string;
}

/** `doctor`: looks at everything a night needs, changes nothing, and says what to do. Exit code 0, 2 or 4. */
export async function runDoctor(context: Context, world: DoctorWorld = {}): Promise<number> {
  const { config } = context;
  const findings = [
    ...checkConfiguration(context),
    ...checkNetwork(config),
    ...(await checkCredentials(context, world)),
    checkDisk(config, world.freeBytes ?? readFreeBytes),
    await checkLock(config),
    await checkWarehouse(config),
    checkSnapshot(config),
    ...checkNamed(config),
    ...(await checkSeeds(config)),
    checkIntervals(config),
    ...checkInbox(config),
    ...checkLake(config),
    ...(await checkEngine(config, context.signal)),
    ...checkNotification(config),
    ...checkRetention(config),
    ...checkLeftovers(config),
    ...checkPermissions(context),
    checkVersions(world.nodeVersion ?? process.versions.node),
  ];
  // What is wrong here comes before what the API says: it is mended first.
  const codes = findings.map(({ exitCode }) => exitCode ?? 0);
  const exitCode = codes.includes(2) ? 2 : Math.max(...codes);
  const settings = describeSettings(config);
  const width = Math.max(...settings.map(({ name }) => name.length));
  const lines = [
    ...findings.flatMap(({ check, status, detail, advice }) => [
      `${status.padEnd(8)} ${check.padEnd(14)} ${detail}`,
      ...(advice === undefined ? [] : [`${' '.repeat(24)}-> ${advice}`]),
    ]),
    '\nSettings, and where each comes from:',
    ...settings.map(({ name, value, source }) => `  ${name.padEnd(width)}  ${value}  (${source})`),
  ];
  say(context, lines.join('\n'), { ok: exitCode === 0, exitCode, findings, settings });
  return exitCode;
}

function checkConfiguration({ config, problems }: Context): Finding[] {
  if (problems.length > 0) {
    return problems.map((detail) => ({
      check: 'configuration',
      status: 'failed',
      detail,
      advice: 'Correct it where it stands; until then every other command stops with exit code 2.',
      exitCode: 2,
    }));
  }
  const detail = config.configFile ?? `no ${CONFIG_FILE_NAME} here: defaults and the environment hold`;
  const configuration: Finding = { check: 'configuration', status: 'ok', detail };
  if (config.ratePerMinute <= 1000 || isLoopback(config.baseUrl)) return [configuration];
  return [
    configuration,
    {
      check: 'rate',
      status: 'warning',
      detail: `${config.ratePerMinute} requests a minute are more than the account's 1000`,
      advice: "Lower it: the shop's own systems share that limit, and would be refused too.",
    },
  ];
}

/** Which proxy is used, and which certificate authorities beside those of the machine. */
export function checkNetwork(config: Config): Finding[] {
  const { extraCa, noProxy } = config.network;
  const check = 'network';
  const host = nameProxy(proxyOf(config));
  const isOwn = isLoopback(config.baseUrl);
  const exempt = noProxy === null ? '' : `, but for NO_PROXY: ${noProxy}`;
  const way =
    host === null
      ? 'no proxy is set'
      : isOwn
        ? `the proxy ${host} is not used: the API is on this machine`
        : `through the proxy ${host}${exempt}`;
  if (extraCa === null || existsSync(extraCa)) {
    const also = extraCa === null ? '' : `; certificate authorities of ${extraCa} too`;
    return [{ check, status: 'ok', detail: `${way}${also}` }];
  }
  return [
    { check, status: 'ok', detail: way },
    {
      check,
      status: 'warning',
      detail: `NODE_EXTRA_CA_CERTS names ${extraCa}, which is not there`,
      advice: 'Correct the path: Node.js goes on without that file.',
    },
  ];
}

async function checkCredentials({ config, signal }: Context, world: DoctorWorld): Promise<Finding[]> {
  const missing = (['publicKey', 'secretKey'] as const).filter((name) => config[name] === null);
  if (missing.length > 0) {
    const names = missing.map((name) => environmentName(OPTIONS[name])).join(' and ');
    return [
      {
        check: 'credentials',
        status: 'failed',
        detail: `${names} not set`,
        advice:
          'Create an API integration in the Sendcloud panel; put its keys into .env or the environment (or *_FILE).',
        exitCode: 2,
      },
    ];
  }
  const from = `${config.auth}, from ${config.sources.publicKey} and ${config.sources.secretKey}`;
  const present: Finding = { check: 'credentials', status: 'ok', detail: `both keys are set (${from})` };
  const { baseUrl } = config;
  try {
    const { ok, serverDateMs } = await (world.checkSignIn ?? askApi)(config, signal);
    const signIn: Finding = ok
      ? { check: 'sign-in', status: 'ok', detail: `${baseUrl} takes the keys` }
      : {
          check: 'sign-in',
          status: 'failed',
          detail: `what answers at ${baseUrl} is not the Parcel Tracking API`,
          advice: 'Check SENDCLOUD_BASE_URL, and whether a proxy answers in its place.',
          exitCode: 4,
        };
    const now = world.now ?? (() => new Date());
    return [present, signIn, ...(serverDateMs === null ? [] : [checkClock(now().getTime(), serverDateMs)])];
  } catch (error) {
    signal.throwIfAborted();
    const { message, hint, exitCode } = describeError(error);
    if (exitCode === 1) throw error;
    const advice = hint ?? `Check the keys in the Sendcloud panel, the network, and the address ${baseUrl}.`;
    return [
      present,
      { check: 'sign-in', status: 'failed', detail: message, advice, exitCode: exitCode === 2 ? 2 : 4 },
    ];
  }
}

async function askApi(config: Config, signal: AbortSignal) {
  const { baseUrl, tokenUrl, auth, publicKey, secretKey } = config;
  const { createClient } = await import('../sendcloud/client.js');
  const keys = { publicKey: publicKey?.reveal() ?? '', secretKey: secretKey?.reveal() ?? '' };
  const client = createClient({
    baseUrl,
    tokenUrl,
    auth,
    ...keys,
    maxAttempts: 1,
    proxy: proxyOf(config),
  });
  try {
    return await client.checkSignIn(signal);
  } finally {
    await client.close();
  }
}

function checkClock(nowMs: number, serverMs: number): Finding {
  const skewSeconds = Math.round((nowMs - serverMs) / 1000);
  const size = Math.abs(skewSeconds);
  // The header has whole seconds, and the answer was under way.
  if (size <= 30) return { check: 'clock', status: 'ok', detail: `within ${size} s of the API` };
  return {
    check: 'clock',
    status: 'warning',
    detail: `this machine is ${size} s ${skewSeconds > 0 ? 'ahead of' : 'behind'} the API`,
    advice: 'Switch time synchronization on (timedatectl set-ntp true): polls are dated by this clock.',
  };
}

function checkDisk(config: Config, freeBytes: (folder: string) => number): Finding {
  const free = freeBytes(nearestFolder(dirname(config.warehouse)));
  // A build writes the marts anew beside the old ones, a vacuum the warehouse; then comes the snapshot.
  const held = [config.warehouse, config.marts].map(
    (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
  );
  const needed = Math.max(2e9, 2 * held.reduce((sum, size) => sum + size, 0));
  const detail = `${(free / 1e9).toFixed(1)} GB free for ${dirname(config.warehouse)}`;
  if (free >= needed) return { check: 'disk', status: 'ok', detail };
  const advice = `Make room or move the data folder: a night may need ${(needed / 1e9).toFixed(1)} GB for a while.`;
  return free >= 2e8
    ? { check: 'disk', status: 'warning', detail, advice }
    : { check: 'disk', status: 'failed', detail, advice, exitCode: 2 };
}

async function checkLock({ warehouse }: Config): Promise<Finding> {
  const path = lockPath(warehouse);
  const lock = await inspectLock(path);
  if (lock.state === 'free') return { check: 'lock', status: 'ok', detail: 'no run is under way' };
  if (lock.state === 'held') {
    return {
      check: 'lock',
      status: 'note',
      detail: `held by ${describeHolder(lock.holder)}`,
      advice: '`parcelmetrics status` shows how far it is; other runs stop with exit code 6 meanwhile.',
    };
  }
  return {
    check: 'lock',
    status: 'warning',
    detail: `left behind by ${describeHolder(lock.holder)}, which is gone`,
    advice: 'Nothing to do: the lock is free, and the next run goes on from what was committed.',
  };
}

async function checkWarehouse({ warehouse }: Config): Promise<Finding> {
  const check = 'warehouse';
  if ((await inspectLock(lockPath(warehouse))).state === 'held') {
    return { check, status: 'note', detail: `${warehouse} is in use, so it was not looked into` };
  }
  try {
    const found = await readWarehouse(warehouse, async (connection) => {
      const [last] = await readRuns(connection, 1);
      return { version: await readSchemaVersion(connection), last };
    });
    if (found === null) return { check, status: 'ok', detail: `${warehouse} is made by the first run` };
    const last = found.last === undefined ? 'no run yet' : `last run ${found.last.startedAt}`;
    return { check, status: 'ok', detail: `${warehouse}, schema version ${found.version}, ${last}` };
  } catch (error) {
    const { message, hint } = describeError(error);
    return { check, status: 'failed', detail: message, advice: hint, exitCode: 2 };
  }
}

function checkPermissions({ config, cwd }: Context): Finding[] {
  const check = 'permissions';
  if (process.platform === 'win32') return [{ check, status: 'note', detail: 'not looked at on Windows' }];
  const folder = dirname(config.warehouse);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const files = names.map((name) => join(folder, name)).filter((path) => lstatSync(path).isFile());
  const wide = [
    ...(existsSync(folder) && isOpen(folder) ? [{ path: folder, mode: '700' }] : []),
    ...[...files, join(cwd, '.env')]
      .filter((path) => existsSync(path) && isOpen(path))
      .map((path) => ({ path, mode: '600' })),
  ];
  if (wide.length === 0) return [{ check, status: 'ok', detail: 'data and .env are for this user only' }];
  return wide.map(({ path, mode }) => ({
    check,
    status: 'warning',
    detail: `others may read ${path} (mode ${(statSync(path).mode & 0o777).toString(8)})`,
    advice: `chmod ${mode} '${path}'`,
  }));
}

/** What the webhook gets, and which nights; its address is never said. */
function checkNotification({ notifyUrl, notifyFormat, notifyOn }: Config): Finding[] {
  if (notifyUrl === null) return [];
  const form = notifyFormat ?? guessForm(notifyUrl.reveal());
  const source = notifyFormat === null ? 'by the host of its address' : 'as configured';
  const nights = {
    failure: 'nights that do not end with 0',
    case: 'nights that do not end with 0, and those with a new first case',
    always: 'every night',
  }[notifyOn];
  return [{ check: 'notification', status: 'ok', detail: `${form}, ${source}; it is told of ${nights}` }];
}

function isOpen(path: string): boolean {
  return (statSync(path).mode & 0o077) !== 0;
}

function checkVersions(nodeVersion: string): Finding {
  const detail = `parcelmetrics ${packageVersion()}, node ${nodeVersion}, DuckDB ${duckdbVersion()}`;
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return { check: 'versions', status: 'ok', detail };
  const advice = 'Update Node.js to 20.19 or later.';
  return { check: 'versions', status: 'failed', detail, advice, exitCode: 2 };
}

/** Each setting as a user would type it, and its source; a secret is only said to be set. */
function describeSettings(config: Config) {
  return SETTING_NAMES.filter((name) => name !== 'json').map((name) => ({
    name: OPTIONS[name].option,
    value: describeValue(name, config[name]),
    source: config.sources[name],
  }));
}

function describeValue(name: keyof Config, value: unknown): string {
  if (value === null) return 'not set';
  if (value instanceof Secret) return 'set';
  if (value instanceof Date) return value.toISOString();
  if (name === 'maxDurationMs') return `${Number(value) / 1000}s`;
  return name === 'ratePerMinute' ? `${value}/min` : String(value);
}

function readFreeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

const failed = (check: string, error: unknown): Finding => {
  const { message, hint } = describeError(error);
  return { check, status: 'failed', detail: message, advice: hint, exitCode: 2 };
};

/** The analyst's own seed files: each one that is used can be read, and none is there that nobody reads. */
export async function checkSeeds({ seeds }: Config): Promise<Finding[]> {
  const check = 'seeds';
  if (seeds !== null && !existsSync(seeds)) {
    return [
      {
        check,
        status: 'failed',
        detail: `the folder ${seeds} is not there`,
        advice: 'Make it, or take "seeds" out of the configuration.',
        exitCode: 2,
      },
    ];
  }
  const known = [...seedNames, 'poll_intervals'].map((name) => `${name}.csv`);
  const files = seeds === null ? [] : readdirSync(seeds).filter((name) => name.endsWith('.csv'));
  const findings: Finding[] = files
    .filter((name) => !known.includes(name))
    .map((name) => ({
      check,
      status: 'warning',
      detail: `${name} in ${seeds} is read by nobody`,
      advice: `A seed file is one of: ${known.join(', ')}.`,
    }));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    await loadSeeds(connection, seeds);
    const own = files.filter((name) => known.includes(name) && name !== 'poll_intervals.csv');
    const whose =
      own.length === 0 ? 'those of the package' : `your own ${own.join(', ')}, and the rest of the package`;
    return [{ check, status: 'ok', detail: whose }, ...findings];
  } catch (error) {
    return [failed(check, error), ...findings];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The table of poll intervals: whose it is, and whether it can be read. */
export function checkIntervals({ seeds }: Config): Finding {
  const check = 'intervals';
  const path = findIntervalsFile(seeds);
  try {
    const steps = readIntervals(path).length;
    const whose = seeds !== null && path.startsWith(seeds) ? path : 'those of the package';
    return { check, status: 'ok', detail: `${whose}, ${steps} lines` };
  } catch (error) {
    return failed(check, error);
  }
}

/** The inbox, where one is configured. */
export function checkInbox({ inbox }: Config): Finding[] {
  if (inbox === null) return [];
  const check = 'inbox';
  if (existsSync(inbox) && statSync(inbox).isDirectory()) return [{ check, status: 'ok', detail: inbox }];
  const advice = 'Make the folder, or take "inbox" out of the configuration.';
  return [{ check, status: 'failed', detail: `${inbox} is no folder`, advice, exitCode: 2 }];
}

/** What readers get: that it is there, and of the size that it was published with. */
export function checkSnapshot({ published }: Config): Finding {
  const check = 'snapshot';
  let manifest: Manifest | null;
  try {
    manifest = readManifest(published);
  } catch (error) {
    return failed(check, error);
  }
  if (manifest === null)
    return { check, status: 'ok', detail: 'nothing is published yet: the first night does it' };
  const changed = Object.entries(manifest.files).find(
    ([name, { bytes }]) => statSync(join(published, name), { throwIfNoEntry: false })?.size !== bytes,
  );
  if (changed === undefined) {
    return {
      check,
      status: 'ok',
      detail: `${manifest.run_id}, data as of ${sayInstant(manifest.data_as_of)}`,
    };
  }
  return {
    check,
    status: 'failed',
    detail: `${join(published, changed[0])} is missing or of another size than published`,
    advice:
      '`parcelmetrics build` and `parcelmetrics publish` make it again; `parcelmetrics publish --rollback` goes back to the one before.',
    exitCode: 2,
  };
}

/** Snapshots beside the published one: nothing but a hand removes them. */
export function checkNamed({ published }: Config): Finding[] {
  return describeNamed(published).map((each) => ({
    check: 'snapshot',
    status: each.from === null ? 'warning' : 'ok',
    detail: sayNamed(each),
    ...(each.from === null
      ? { advice: 'Make it again: `parcelmetrics build` with --name and --overwrite.' }
      : {}),
  }));
}

/** What a restore set aside. */
export function checkLeftovers({ warehouse }: Config): Finding[] {
  return listSetAside(warehouse).map((path) => ({
    check: 'leftover',
    status: 'note',
    detail: `${path} is the warehouse that a restore set aside`,
    advice: 'Delete it once all is well: `forget` does not reach into it.',
  }));
}

/** Retention that cuts into what the figures look back on. */
export function checkRetention({ keepLandedDays, days }: Config): Finding[] {
  const least = Math.max(leastWholeDays, 2 * days + 30);
  if (keepLandedDays === null || keepLandedDays >= least) return [];
  return [
    {
      check: 'retention',
      status: 'warning',
      detail: `keep-landed-days is ${keepLandedDays}: the figures look back ${least} days`,
      advice: `Set it to ${least} or more, or accept that weekly figures lose their oldest parcels for good.`,
    },
  ];
}
