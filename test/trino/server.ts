/** A Trino on loopback, from the server's archive that Maven has fetched, for the tests; or the one that TRINO_URL names. */
import { execFile, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

export const trinoVersion = '476';

export interface TrinoServer {
  url: string;
  catalog: string;
  /** The catalog of Iceberg tables. */
  tables: string;
  /** The folder of the lake, and the same as the server names it. */
  lake: string;
  lakeUrl: string;
  /** The process of the one node, of which the CPU can be read; null for a server that was given. */
  pid: number | null;
  /** Ends the worker at once, as a failing machine would. */
  killWorker(): Promise<void>;
  startWorker(): Promise<void>;
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** A JDK of 24 or newer: JAVA_HOME, or one that is installed. */
export function findJava(): string | null {
  const folders = ['/usr/lib/jvm', '/Library/Java/JavaVirtualMachines'].filter((folder) =>
    existsSync(folder),
  );
  const installed = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const versionOf = (path: string) => {
    const release = join(path, 'release');
    if (!existsSync(release) || !existsSync(join(path, 'bin/java'))) return 0;
    return Number(/JAVA_VERSION="(\d+)/.exec(readFileSync(release, 'utf8'))?.[1] ?? 0);
  };
  return [process.env.TRINO_JAVA_HOME ?? '', ...installed].find((path) => versionOf(path) >= 24) ?? null;
}

/** The unpacked server: TRINO_HOME, or unpacked once from Maven's repository; null where there is none. */
async function findHome(): Promise<string | null> {
  if (process.env.TRINO_HOME) return process.env.TRINO_HOME;
  const archive = join(
    homedir(),
    `.m2/repository/io/trino/trino-server/${trinoVersion}/trino-server-${trinoVersion}.tar.gz`,
  );
  const home = join(tmpdir(), `trino-server-${trinoVersion}`);
  if (existsSync(join(home, 'bin/launcher'))) return home;
  if (!existsSync(archive)) return null;
  mkdirSync(home, { recursive: true });
  await run('tar', ['xzf', archive, '-C', home, '--strip-components', '1']);
  return home;
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

interface TrinoNode {
  id: string;
  port: number;
  /** That of the coordinator, which may be this one. */
  coordinatorPort: number;
  /** Whether a coordinator works too. */
  works: boolean;
  megabytes: number;
}

/** Writes what a node is told. @returns the flags of its Java. */
function writeSettings(folder: string, home: string, node: TrinoNode): string[] {
  const etc = join(folder, node.id);
  for (const path of [`${node.id}/catalog`, `data-${node.id}`, 'lake', 'plugin'])
    mkdirSync(join(folder, path), { recursive: true });
  // Only the connectors that are used: the others take half a minute to load.
  for (const plugin of ['hive', 'iceberg']) {
    const link = join(folder, 'plugin', plugin);
    if (!existsSync(link)) symlinkSync(join(home, 'plugin', plugin), link);
  }
  const write = (name: string, lines: string[]) => writeFileSync(join(etc, name), `${lines.join('\n')}\n`);
  const isCoordinator = node.port === node.coordinatorPort;
  write('config.properties', [
    `coordinator=${isCoordinator}`,
    ...(isCoordinator ? [`node-scheduler.include-coordinator=${node.works}`, 'web-ui.enabled=false'] : []),
    'node.internal-address=127.0.0.1',
    'node.bind-ip=127.0.0.1',
    `http-server.http.port=${node.port}`,
    `discovery.uri=http://127.0.0.1:${node.coordinatorPort}`,
    `plugin.dir=${folder}/plugin`,
    `query.max-memory-per-node=${Math.round(node.megabytes * 0.56)}MB`,
    'catalog.management=static',
    // A worker that is gone is missed after this.
    'query.remote-task.max-error-duration=20s',
    'query-manager.required-workers-max-wait=20s',
    // What a statement took is asked once its build is over; else it is only in the way of the next ones.
    `query.min-expire-age=${process.env.TRINO_MEASURES ? '3h' : '10s'}`,
    ...(process.env.TRINO_MEASURES ? [] : ['query.max-history=10']),
  ]);
  write('log.properties', ['io.trino=WARN']);
  write('catalog/lake.properties', [
    'connector.name=hive',
    'hive.metastore=file',
    'hive.metastore.catalog.dir=local:///metastore',
    'fs.native-local.enabled=true',
    `local.location=${folder}/lake`,
    'hive.timestamp-precision=MICROSECONDS',
    'hive.non-managed-table-writes-enabled=true',
    'hive.storage-format=PARQUET',
    'hive.compression-codec=ZSTD',
  ]);
  // What is expired is gone at once, so that a test sees it.
  write('catalog/tables.properties', [
    'connector.name=iceberg',
    'iceberg.catalog.type=TESTING_FILE_METASTORE',
    'hive.metastore.catalog.dir=local:///tables',
    'fs.native-local.enabled=true',
    `local.location=${folder}/lake`,
    'iceberg.expire-snapshots.min-retention=0s',
    'iceberg.remove-orphan-files.min-retention=0s',
  ]);
  return [
    `-Xmx${node.megabytes}M`,
    '-XX:+ExitOnOutOfMemoryError',
    // Small data is mostly planned: what compiles best would compile longer than it runs. Measuring is another thing.
    ...(process.env.TRINO_MEASURES ? ['-XX:+UseG1GC'] : ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']),
    '-XX:ReservedCodeCacheSize=256M',
    '-Djdk.attach.allowAttachSelf=true',
    '-Djdk.nio.maxCachedBufferSize=2000000',
    '-Dfile.encoding=UTF-8',
    '--sun-misc-unsafe-memory-access=allow',
    '--add-modules=jdk.incubator.vector',
    `-Dconfig=${etc}/config.properties`,
    `-Dnode.environment=test`,
    `-Dnode.id=${node.id}`,
    `-Dnode.data-dir=${folder}/data-${node.id}`,
    `-Dcatalog.config-dir=${etc}/catalog`,
    `-Dlog.levels-file=${etc}/log.properties`,
  ];
}

function startNode(folder: string, java: string, home: string, node: TrinoNode) {
  const server = spawn(
    join(java, 'bin/java'),
    [...writeSettings(folder, home, node), '-cp', `${home}/lib/*`, 'io.trino.server.TrinoServer'],
    { cwd: folder, stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  return {
    pid: server.pid,
    hasEnded: () => server.exitCode !== null || server.signalCode !== null,
    async end(signal: NodeJS.Signals) {
      server.kill(signal);
      await ended;
    },
  };
}

/** Starts Trino in a folder of its own: one node that does all, or a coordinator and a worker; a reason where it cannot be. */
export async function startTrino(
  folder: string,
  { hasWorker = false }: { hasWorker?: boolean } = {},
): Promise<TrinoServer | string> {
  const lake = process.env.TRINO_LAKE;
  const lakeUrl = process.env.TRINO_LAKE_URL;
  if (process.env.TRINO_URL && !hasWorker) {
    if (!lake || !lakeUrl)
      return 'TRINO_URL needs TRINO_LAKE and TRINO_LAKE_URL: a folder, and the same as the server names it';
    const nothing = async () => {};
    return {
      url: process.env.TRINO_URL,
      catalog: process.env.TRINO_CATALOG ?? 'hive',
      tables: process.env.TRINO_TABLES ?? 'iceberg',
      lake,
      lakeUrl,
      pid: null,
      killWorker: nothing,
      startWorker: nothing,
      stop: nothing,
    };
  }
  const [java, home] = [findJava(), await findHome()];
  if (java === null) return 'no JDK of 24 or newer: set TRINO_JAVA_HOME';
  if (home === null)
    return `no Trino: mvn dependency:get -Dartifact=io.trino:trino-server:${trinoVersion}:tar.gz -Dtransitive=false`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const port = await findFreePort();
  const megabytes = Number(process.env.TRINO_MEGABYTES ?? 3000);
  const coordinator = startNode(folder, java, home, {
    id: 'one',
    port,
    coordinatorPort: port,
    works: !hasWorker,
    megabytes: hasWorker ? 1200 : megabytes,
  });
  const url = `http://127.0.0.1:${port}`;
  let worker: ReturnType<typeof startNode> | null = null;
  const isUp = async (port: number) => {
    const info = await fetch(`http://127.0.0.1:${port}/v1/info`).then(
      (answer) => answer.json() as Promise<{ starting: boolean }>,
      () => null,
    );
    return info?.starting === false;
  };
  const startWorker = async () => {
    const own = await findFreePort();
    const node = { id: 'two', port: own, coordinatorPort: port, works: true, megabytes: 1600 };
    worker = startNode(folder, java, home, node);
    for (let second = 0; second < 300 && !worker.hasEnded() && !(await isUp(own)); second++)
      await pause(1000);
  };
  const stop = async () => {
    await worker?.end('SIGTERM');
    await coordinator.end('SIGTERM');
  };
  if (hasWorker) await startWorker();
  for (let second = 0; second < 300 && !coordinator.hasEnded(); second++) {
    if (await isUp(port)) {
      return {
        url,
        catalog: 'lake',
        tables: 'tables',
        lake: join(folder, 'lake'),
        lakeUrl: 'local:///',
        pid: coordinator.pid ?? null,
        killWorker: async () => worker?.end('SIGKILL'),
        startWorker,
        stop,
      };
    }
    await pause(1000);
  }
  await stop();
  return `Trino did not start: see ${folder}/data-one/var/log`;
}
