import { models } from '../../models.js';
import { quoteText } from '../../quoting.js';
import { kept, type TrinoClient, TrinoError } from './client.js';
import { openIceberg } from './iceberg.js';

/** Where the tables are whose rows last from build to build. */
export interface LastingPlace {
  /** A catalog of the Iceberg connector. */
  catalog: string;
  schema: string;
  /** The build, among all that there are. */
  build: string;
}

/** The build whose tables hold. */
export interface Recorded {
  /** What no other build is called. */
  id: string;
  fingerprint: string;
  asOf: Date;
}

/**
 * The tables that last, in Iceberg: those of the incremental models, and which runs and numbers they were made of. They hold as the row of
 * build_state says, which names each with its snapshot and is written last: whatever a build did that did not get there is undone by the
 * next one. The row also says which build may write: the one that began last. Another one that is still at work records nothing, and ends
 * with a TrinoError of exit code 6.
 */
export interface Lasting {
  /** From now on this build alone may write. What others are running at that moment is to be ended before `open`. @throws TrinoError */
  claim(): Promise<void>;
  /** Puts the tables back to what is recorded, and drops all others. @returns the build that holds, if there is one. @throws TrinoError */
  open(): Promise<Recorded | null>;
  /** Shows the recorded tables by the models' names, or has all made anew; once stg_registry is there. */
  begin(isFull: boolean): Promise<void>;
  /** Makes the table of a model anew. @returns its rows. */
  create(name: string, select: string): Promise<number>;
  /** Of a table that was begun with: the rows of changed_parcels go, and those of the select take their place. @returns its rows. */
  replace(name: string, select: string): Promise<number>;
  /** From now on what this build has made holds. @returns its id. */
  record(fingerprint: string, asOf: Date): Promise<string>;
  /** Deletes what no longer holds, as soon as the catalog allows it. */
  sweep(): Promise<void>;
  /** What a failure comes of: that another build has taken over, whose statements ended this one's; else itself. */
  explain(error: unknown): Promise<unknown>;
}

/** A table that holds, and as which of its snapshots. */
interface Held {
  table: string;
  snapshot: string;
}

type HeldTables = Record<string, Held>;

/** The models whose rows last. */
export const lastingNames: ReadonlySet<string> = new Set(
  models.filter(({ kind }) => kind === 'incremental').map(({ name }) => name),
);

const stateTable = 'build_state';
/** What the tables were made of, written anew each time. */
const inputs = {
  built_runs: 'select distinct run_id from stg_polls',
  built_numbers: 'select tracking_number, owner_number from stg_registry',
  built_listings:
    'select account_of(tracking_number) as account, max(listed_at) as listed_at from stg_shipments group by 1',
} as const;

/** Rows of a bucket lie together; files of some ten megabytes are read best. */
const parcelsABucket = 250_000;
const mostBuckets = 512;

const toLiteral = (at: Date) => `timestamp ${quoteText(at.toISOString().replace('T', ' ').replace('Z', ''))}`;

export function openLasting(client: TrinoClient, { catalog, schema, build }: LastingPlace): Lasting {
  const home = `${catalog}.${schema}`;
  const iceberg = openIceberg(client, catalog, schema);
  let place = 0;
  let held: HeldTables = {};
  let recorded: Recorded | null = null;
  let bucketCount = 1;

  const readNumber = async (sql: string) => Number((await client.readRows(sql))[0]?.[0] ?? 0);
  const newName = (name: string) => `${name}_${place + 1}`;

  const refuse = (what: string) =>
    new TrinoError(
      what,
      'TAKEN_OVER',
      6,
      `${kept} One program builds an account: build again once no other one does.`,
    );
  const refuseFor = (other: unknown) =>
    refuse(`another build of this account (${other}) has taken over its tables on Trino`);
  const readBuilder = async () =>
    (await client.readRows(`select builder from ${home}.${stateTable}`))[0]?.[0];
  const requireClaim = async () => {
    const builder = await readBuilder();
    if (builder !== build) throw refuseFor(builder);
  };
  /** Sees that a table had so many writes since this build looked at it, its own, and none beside. */
  const passWrites = async (one: Held, least: number, most = least) => {
    const writes = await iceberg.countWrites(one.table, one.snapshot, most);
    if (writes === null || writes < least)
      throw refuse(`${home}.${one.table} was written by somebody else while this build was at it`);
    if (writes > 0) one.snapshot = await iceberg.readSnapshot(one.table);
  };
  const dropOthers = async () => {
    const named = new Set([stateTable, ...Object.values(held).map(({ table }) => table)]);
    for (const table of await iceberg.list())
      if (!named.has(table)) await client.run(`drop table ${home}.${table}`);
  };

  const readState = async () => {
    const [row = []] = await client.readRows(
      `select builder, cast(place as varchar), id, fingerprint, cast(to_unixtime(as_of) * 1e3 as bigint), tables
       from ${home}.${stateTable}`,
    );
    const [builder, lastPlace, id, fingerprint, asOf, tables] = row;
    if (builder !== build) throw refuseFor(builder);
    place = Number(lastPlace);
    held = JSON.parse(String(tables)) as HeldTables;
    recorded =
      place === 0 ? null : { id: String(id), fingerprint: String(fingerprint), asOf: new Date(Number(asOf)) };
  };

  /** Whether every table is there as it was recorded, once what came later is undone. */
  const restore = async () => {
    const there = new Set(await iceberg.list());
    for (const { table, snapshot } of Object.values(held))
      if (!there.has(table) || !(await iceberg.rollBack(table, snapshot))) return false;
    return true;
  };

  const show = (name: string, table: string) =>
    client.run(`create view ${name} as select * from ${home}.${table}`);

  const create = async (name: string, select: string, partitioning = '') => {
    await requireClaim();
    const table = newName(name);
    const [row] = await client.readRows(
      `create table ${home}.${table} with (format = 'PARQUET'${partitioning}) as\n${select}`,
    );
    held[name] = { table, snapshot: await iceberg.readSnapshot(table) };
    return Number(row?.[0] ?? 0);
  };

  /** Whether numbers that the tables have are gone. */
  const findsErased = async () =>
    (await readNumber(
      `select count(*) from built_numbers as built
       left join stg_registry as numbers on built.tracking_number = numbers.tracking_number
       where numbers.tracking_number is null`,
    )) > 0;

  return {
    async claim() {
      await client.run(`create schema if not exists ${home}`);
      await client.run(
        `create table if not exists ${home}.${stateTable} as
         select cast(${quoteText(build)} as varchar) as builder, bigint '0' as place, cast('' as varchar) as id, cast('' as varchar) as fingerprint,
           timestamp '1970-01-01 00:00:00.000000' as as_of, cast('{}' as varchar) as tables`,
      );
      // Of two that claim at once one fails: they write the same row.
      await client.run(`update ${home}.${stateTable} set builder = ${quoteText(build)}`).catch((error) => {
        throw error instanceof TrinoError && error.reason === 'ICEBERG_COMMIT_ERROR'
          ? refuse('another build of this account begins at this moment')
          : error;
      });
      await requireClaim();
    },
    async open() {
      await readState();
      if (!(await restore())) {
        held = {};
        recorded = null;
      }
      await dropOthers();
      return recorded;
    },
    async begin(isFull) {
      if (isFull) {
        held = {};
        const parcels = await readNumber('select count(*) from stg_registry');
        bucketCount = Math.min(mostBuckets, Math.max(1, Math.ceil(parcels / parcelsABucket)));
        return;
      }
      for (const [name, { table }] of Object.entries(held)) await show(name, table);
      await client.run(
        `create view ${stateTable} as select ${toLiteral(recorded?.asOf ?? new Date(0))} as as_of`,
      );
    },
    async create(name, select) {
      const buckets = `, partitioning = array['bucket(tracking_number, ${bucketCount})']`;
      const rows = await create(name, select, buckets);
      await show(name, newName(name));
      return rows;
    },
    async replace(name, select) {
      const one = held[name];
      if (one === undefined) throw new RangeError(`${name} does not last`);
      const table = `${home}.${one.table}`;
      await requireClaim();
      const deleted = await readNumber(
        `delete from ${table} where tracking_number in (select tracking_number from changed_parcels)`,
      );
      const inserted = await readNumber(`insert into ${table}\n${select}`);
      await passWrites(one, Number(deleted > 0) + Number(inserted > 0));
      return readNumber(`select count(*) from ${table}`);
    },
    async record(fingerprint, asOf) {
      // Without the numbers of before all is new.
      const isNew = held.built_numbers === undefined;
      const isErasing = !isNew && (await findsErased());
      await requireClaim();
      for (const name of lastingNames) {
        const one = held[name];
        if (one === undefined) throw new RangeError(`${name} was not made`);
        const isRewritten = isErasing || (!isNew && (await iceberg.isWorn(one.table)));
        if (isRewritten) {
          await iceberg.optimize(one.table);
          await iceberg.optimizeManifests(one.table);
        }
        await passWrites(one, 0, isRewritten ? 2 : 0);
      }
      for (const [name, select] of Object.entries(inputs)) await create(name, select);
      const id = `${build}.${place + 1}`;
      const count = await readNumber(
        `update ${home}.${stateTable}
         set place = ${place + 1}, id = ${quoteText(id)}, fingerprint = ${quoteText(fingerprint)}, as_of = ${toLiteral(asOf)},
           tables = ${quoteText(JSON.stringify(held))}
         where builder = ${quoteText(build)} and place = ${place}`,
      );
      if (count !== 1) throw refuseFor(await readBuilder());
      place += 1;
      return id;
    },
    async sweep() {
      // What is recorded holds; the rest is now the other's.
      if ((await readBuilder()) !== build) return;
      await dropOthers();
      await iceberg.optimize(stateTable);
      await iceberg.expire([...[...lastingNames].flatMap((name) => held[name]?.table ?? []), stateTable]);
    },
    async explain(error) {
      const cause = error instanceof Error && error.cause instanceof TrinoError ? error.cause : error;
      if (!(cause instanceof TrinoError) || cause.query === null) return error;
      return requireClaim().then(
        () => error,
        (reason) => (reason instanceof TrinoError && reason.exitCode === 6 ? reason : error),
      );
    },
  };
}
