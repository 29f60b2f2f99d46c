/** A Trino of one node on loopback, from the server's archive that Maven has fetched, for the tests; or the one that TRINO_URL names. */
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
  /** The folder of the lake, and the same as the server names it. */
  lake: string;
  lakeUrl: string;
  /** Ends the server at once, as a failing machine would. */
  kill(): Promise<void>;
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

function writeSettings(folder: string, home: string, port: number): string[] {
  const etc = join(folder, 'etc');
  for (const name of ['etc/catalog', 'data', 'lake', 'plugin'])
    mkdirSync(join(folder, name), { recursive: true });
  // Only the connector that is used: the others take half a minute to load.
  symlinkSync(join(home, 'plugin/hive'), join(folder, 'plugin/hive'));
  const write = (name: string, lines: string[]) => writeFileSync(join(etc, name), `${lines.join('\n')}\n`);
  write('node.properties', [
    'node.environment=test',
    'node.id=one',
    `node.data-dir=${folder}/data`,
    'node.internal-address=127.0.0.1',
    'node.bind-ip=127.0.0.1',
  ]);
  write('config.properties', [
    'coordinator=true',
    'node-scheduler.include-coordinator=true',
    `http-server.http.port=${port}`,
    `discovery.uri=http://127.0.0.1:${port}`,
    `plugin.dir=${folder}/plugin`,
    'query.max-memory-per-node=1400MB',
    'web-ui.enabled=false',
    'catalog.management=static',
  ]);
  write('log.properties', ['io.trino=WARN']);
  write('catalog/lake.properties', [
    'connector.name=hive',
    'hive.metastore=file',
    'hive.metastore.catalog.dir=local:///metastore',
    'fs.native-local.enabled=true',
    `local.location=${folder}/lake`,
    'hive.timestamp-precision=MICROSECONDS',
    'hive.storage-format=PARQUET',
    'hive.compression-codec=ZSTD',
  ]);
  return [
    '-Xmx2500M',
    '-XX:+UseG1GC',
    '-XX:+ExitOnOutOfMemoryError',
    '-XX:ReservedCodeCacheSize=256M',
    '-Djdk.attach.allowAttachSelf=true',
    '-Djdk.nio.maxCachedBufferSize=2000000',
    '-Dfile.encoding=UTF-8',
    '--sun-misc-unsafe-memory-access=allow',
    '--add-modules=jdk.incubator.vector',
    `-Dconfig=${etc}/config.properties`,
    `-Dnode.environment=test`,
    `-Dnode.id=one`,
    `-Dnode.data-dir=${folder}/data`,
    `-Dlog.levels-file=${etc}/log.properties`,
  ];
}

/** Starts Trino in a folder of its own; null, with the reason, where it cannot be. */
export async function startTrino(folder: string): Promise<TrinoServer | string> {
  const lake = process.env.TRINO_LAKE;
  const lakeUrl = process.env.TRINO_LAKE_URL;
  if (process.env.TRINO_URL) {
    if (!lake || !lakeUrl)
      return 'TRINO_URL needs TRINO_LAKE and TRINO_LAKE_URL: a folder, and the same as the server names it';
    const nothing = async () => {};
    return {
      url: process.env.TRINO_URL,
      catalog: process.env.TRINO_CATALOG ?? 'hive',
      lake,
      lakeUrl,
      kill: nothing,
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
  const flags = writeSettings(folder, home, port);
  const server = spawn(
    join(java, 'bin/java'),
    [...flags, '-cp', `${home}/lib/*`, 'io.trino.server.TrinoServer'],
    { cwd: folder, stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const end = async (signal: NodeJS.Signals) => {
    server.kill(signal);
    await ended;
  };
  const url = `http://127.0.0.1:${port}`;
  for (let second = 0; second < 300 && server.exitCode === null; second++) {
    const info = await fetch(`${url}/v1/info`).then(
      (answer) => answer.json() as Promise<{ starting: boolean }>,
      () => null,
    );
    if (info?.starting === false) {
      return {
        url,
        catalog: 'lake',
        lake: join(folder, 'lake'),
        lakeUrl: 'local:///',
        kill: () => end('SIGKILL'),
        stop: () => end('SIGTERM'),
      };
    }
    await pause(1000);
  }
  await end('SIGKILL');
  return `Trino did not start: see ${folder}/data/var/log`;
}
