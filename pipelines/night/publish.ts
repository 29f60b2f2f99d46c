import { join } from 'node:path';
import { writeComments } from '../../queries/dictionary.js';
import { publicTables } from '../../queries/models.js';
import { readKeys, readSoundness } from '../../queries/state.js';
import { type Context, say } from '../context.js';
import { describeError, ParcelmetricsError } from '../errors.js';
import { findFall, forgetRemoved } from '../store/fall.js';
import { interruptWhen, leavePublic, readMarts } from '../store/marts.js';
import { type Manifest, publish, readManifest, rollBack } from '../store/publish.js';
import { type NightRun, withRun } from './run.js';

/** What is wrong with the number of parcels that would be published; null where nothing is, or the user accepts it. */
export async function checkFall(context: Context, run: NightRun): Promise<string | null> {
  const { config, options } = context;
  if (options.acceptFall) return null;
  let published: Manifest | null = null;
  try {
    published = readManifest(config.published);
  } catch {
    // One that is damaged is made again, whatever it held.
  }
  const next = await readMarts(run.connection, config.marts, async () => {
    const reader = await run.connection.runAndReadAll(
      `select (select count(*) from parcels)::double, strftime(as_of, '%Y-%m-%dT%H:%M:%S.%gZ') from run_parameters`,
    );
    const [parcels, asOf] = reader.getRows()[0] ?? [];
    return { parcels: Number(parcels), asOf: String(asOf) };
  });
  return next === null ? null : findFall(run.connection, published, next);
}

/** What is published is not kept in the marts as well. Where that fails they are as they were, and the snapshot is no worse. */
async function leaveToSnapshot(
  { config, log, signal }: Context,
  { connection }: NightRun,
  { files }: Manifest,
): Promise<void> {
  const name = 'shipping.duckdb';
  try {
    await leavePublic(connection, config.marts, {
      tables: publicTables,
      path: join(config.published, name),
      sha256: files[name]?.sha256 ?? '',
    });
  } catch (error) {
    signal.throwIfAborted();
    log.warn(`the marts at ${config.marts} keep what is published as well: ${describeError(error).message}`);
  }
}

export async function publishStep(context: Context, run: NightRun): Promise<Manifest> {
  const { config, log, signal } = context;
  run.note('publish', 0, null);
  const work = async () => {
    if (!(await readSoundness(run.connection))) return null;
    const keys = await readKeys(run.connection);
    const manifest = await publish(run.connection, {
      published: config.published,
      runId: run.runId,
      tables: publicTables,
      keys,
      writeComments,
      signal,
      keep: { count: config.keepSnapshots, days: config.keepSnapshotDays },
    });
    return { keys, manifest };
  };
  const made = await interruptWhen(signal, run.connection, () =>
    readMarts(run.connection, config.marts, work, (message) => log.warn(message)),
  );
  if (made !== null) {
    const { keys, manifest } = made;
    await forgetRemoved(run.connection);
    // Of several accounts the marts have keys where the snapshot has numbers: the next build goes on from the keys.
    if (keys.account !== null)
      await interruptWhen(signal, run.connection, () => leaveToSnapshot(context, run, manifest));
    return manifest;
  }
  throw new ParcelmetricsError('nothing to publish: there is no build whose checks passed', {
    code: 'not_sound',
    exitCode: 5,
    hint: 'What was published before still stands. Run `parcelmetrics build` and see what it says.',
  });
}

/** `publish` */
export async function runPublish(context: Context): Promise<number> {
  return withRun(context, 'publish', async (run) => {
    if (context.options.rollback) {
      const { from, to } = rollBack(context.config.published);
      say(context, `published is snapshot ${to} again (it was ${from})`, { from, to });
      return { exitCode: 0, summary: { rollback: { from, to } } };
    }
    const fall = await checkFall(context, run);
    if (fall !== null) {
      throw new ParcelmetricsError(`check failed: ${fall}`, {
        code: 'fall',
        exitCode: 5,
        hint:
          'What was published before still stands. `parcelmetrics restore` brings an earlier warehouse back; if it is meant: ' +
          '`parcelmetrics publish --accept-fall`.',
      });
    }
    const manifest = await publishStep(context, run);
    say(context, describePublished(context, manifest), manifest);
    return { exitCode: 0 };
  });
}

export function describePublished({ config }: Context, manifest: Manifest): string {
  const rows = Object.values(manifest.tables).reduce((sum, { rows: count }) => sum + count, 0);
  return `published ${Object.keys(manifest.tables).length} tables, ${rows} rows: ${join(config.published, 'shipping.duckdb')}`;
}
