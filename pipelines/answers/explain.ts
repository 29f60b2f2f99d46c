import { type ReadRows, readRows } from '../../queries/db.js';
import { findPublished, type ParcelStory, readStory } from '../../queries/explain/parcel.js';
import { makeKey } from '../../queries/keys.js';
import { readKeys } from '../../queries/state.js';
import { type Config, requireApi } from '../config/config.js';
import { type Context, say } from '../context.js';
import { type ParcelmetricsError, usageError } from '../errors.js';
import { findPause } from '../night/api.js';
import { buildStep } from '../night/build-step.js';
import { pollPlan } from '../night/extract.js';
import { type Ending, type NightRun, withRun } from '../night/run.js';
import { inspectLock, lockPath } from '../store/lock.js';
import { readMarts } from '../store/marts.js';
import { openPublished, readManifest, requireReadable } from '../store/publish.js';
import { readWarehouse } from '../store/warehouse.js';
import { describeStory, storyToObject } from './explain-text.js';

/** What the warehouse knows of a number that is not published under it. */
interface Registered {
  /** The number that its events are published under. */
  ownerNumber: string;
  state: string;
  reason: string | null;
  registeredAt: string;
  answeredAt: string | null;
}

const registeredSql = `
  select
    coalesce(owner.alias_of, owner.tracking_number) as "ownerNumber",
    owner.state,
    owner.state_reason as reason,
    owner.registered_at as "registeredAt",
    owner.last_success_at as "answeredAt"
  from registry as owner
  where owner.tracking_number = $1
    or owner.tracking_number in (select tracking_number from listed_numbers where listed_number = $1)
  order by owner.tracking_number = $1 desc, owner.registered_at, owner.tracking_number
  limit 1`;

const findRegistered = async (read: ReadRows, number: string) =>
  (await read<Registered>(registeredSql, [number]))[0] ?? null;

/** Looks a number up in the warehouse, unless a run holds it; undefined when it cannot be looked into. */
async function askRegistry(config: Config, number: string): Promise<Registered | null | undefined> {
  if ((await inspectLock(lockPath(config.warehouse))).state === 'held') return undefined;
  return readWarehouse(config.warehouse, (connection) =>
    findRegistered((sql, values) => readRows(connection, sql, values), number),
  );
}

function unknownNumber(number: string, registered: Registered | null | undefined): ParcelmetricsError {
  if (registered === undefined) {
    return usageError(`${number} is not in the published snapshot`, {
      hint: 'A run holds the warehouse, so its registry could not be asked: try again when it has ended.',
    });
  }
  if (registered === null) {
    return usageError(`${number} is neither published nor registered`, {
      hint:
        'Check the number. A parcel that Sendcloud already tracks comes in with `parcelmetrics register --known FILE`, ' +
        'any other with `parcelmetrics register FILE`; then poll with `parcelmetrics extract`.',
    });
  }
  const { state, reason, registeredAt, answeredAt } = registered;
  if (state === 'dead') {
    return usageError(`${number} is a dead letter: the API answered ${reason ?? 'nothing usable'}`, {
      hint: 'Check number and carrier in the Sendcloud panel; `parcelmetrics retry-failed` puts dead letters back in the queue.',
    });
  }
  if (answeredAt === null) {
    return usageError(`${number} is registered since ${registeredAt}, but no poll has shown a timeline yet`, {
      hint: `\`parcelmetrics explain ${number} --poll\` asks the API for it now.`,
    });
  }
  return usageError(`${number} was last polled at ${answeredAt}, after what is published`, {
    hint: 'Run `parcelmetrics build` and `parcelmetrics publish`, or wait for tonight.',
  });
}

/** `explain TRACKING_NUMBER` */
export async function runExplain(context: Context): Promise<number> {
  const { config, options, args } = context;
  const typed = args[0]?.trim();
  if (!typed) throw usageError('explain needs a tracking number');
  if (options.poll) return explainFresh(context, typed);
  requireReadable(config.published);
  const reader = await openPublished(config.published);
  try {
    const read: ReadRows = (sql, values) => reader.all(sql, values);
    let keys = await findPublished(read, typed);
    if (keys.length === 0) {
      const registered = await askRegistry(config, typed);
      // What another number is known as, this account's registry says: of this account.
      const owned = registered ? await findPublished(read, registered.ownerNumber) : [];
      keys = owned.filter(({ account }) => account === null || account === config.account);
      if (keys.length === 0) throw unknownNumber(typed, registered);
    }
    const stories: ParcelStory[] = [];
    for (const key of keys) {
      const story = await readStory(read, key);
      if (story === null) throw unknownNumber(typed, null);
      stories.push(story);
    }
    sayStories(
      context,
      typed,
      stories,
      `published snapshot ${readManifest(config.published)?.run_id ?? '(no manifest)'}`,
    );
    return 0;
  } finally {
    reader.close();
  }
}

/** Asks the API for one parcel, as a plan of its own. */
async function pollOne(context: Context, run: NightRun, number: string): Promise<Ending> {
  const pause = await findPause(run);
  if (pause !== null) {
    context.log.warn(pause.text);
    return pause.ending;
  }
  await run.connection.run(
    'create or replace temp table plan as select 1::bigint as place, $1::varchar as tracking_number',
    [number],
  );
  return pollPlan(context, run, { due: 1, fresh: 0, active: 1 }, (text) => context.log.info(text));
}

/** `--poll`: one request, then a build; the published snapshot stays what it is until the next night. */
async function explainFresh(context: Context, typed: string): Promise<number> {
  requireApi(context.config);
  return withRun(context, 'explain', async (run) => {
    const readWarehouseRows: ReadRows = (sql, values) => readRows(run.connection, sql, values);
    const registered = await findRegistered(readWarehouseRows, typed);
    if (registered === null) throw unknownNumber(typed, null);
    const number = registered.ownerNumber;
    const ending = await pollOne(context, run, number);
    const { failures } = await buildStep(context, run);
    const story = await readMarts(run.connection, context.config.marts, () =>
      readFresh(run, context.config.account, number),
    );
    if (story === null) throw unknownNumber(typed, await findRegistered(readWarehouseRows, number));
    sayStories(context, typed, [story], 'a build of just now, not published: the next night publishes it');
    return { exitCode: failures.length > 0 ? 5 : ending.exitCode, summary: { explain: ending.summary } };
  });
}

/** A parcel of this account as the marts have it, which may hold several accounts; numbers as readers get them. */
async function readFresh(run: NightRun, account: string, number: string): Promise<ParcelStory | null> {
  const keys = await readKeys(run.connection);
  const isOfSeveral = keys.account === null;
  const asRead: ReadRows = (sql, values) => readRows(run.connection, sql, values);
  const key = isOfSeveral ? makeKey(account, number) : number;
  const story = await readStory(asRead, { tracking_number: key, account: isOfSeveral ? account : null });
  if (story === null || !isOfSeveral) return story;
  return {
    ...story,
    parcel: { ...story.parcel, tracking_number: number },
    events: story.events.map((event) => ({ ...event, tracking_number: number })),
  };
}

/** One parcel's story; several where accounts share its number, each with its account. */
function sayStories(context: Context, typed: string, stories: readonly ParcelStory[], source: string): void {
  const aliasOf = (story: ParcelStory) => (typed === story.parcel.tracking_number ? null : typed);
  const objects = stories.map((story) => storyToObject(story, aliasOf(story), source));
  const texts = stories.map((story) => describeStory(story, aliasOf(story), source));
  say(
    context,
    texts.join(`\n${'='.repeat(72)}\n\n`),
    objects.length === 1 ? objects[0] : { asked_for: typed, parcels: objects },
  );
}
