import type { DuckDBConnection } from '@duckdb/node-api';
import { type Model, models, type Pass } from '../models.js';
import { quoteName, quoteText } from '../quoting.js';
import { type Engine, readModel, readSelect } from './engine.js';

/**
 * Parcels dealt into buckets by ranges of their number, so that what a build in DuckDB holds at once is bounded. Inside a bucket the
 * names of the models that are made of parcels mean the bucket's rows, by temporary views and tables, which go before all others of
 * their name; what is to outlive the bucket is gathered apart.
 */
export interface Buckets {
  readonly count: number;
  /** From now on the names mean the rows of one bucket, of which the first is 0. */
  enter(index: number, pass: Pass): Promise<void>;
  /** Makes the bucket's rows of a model. */
  make(model: Model, isFull: boolean): Promise<void>;
  /** The names mean all rows again; what was counted in the buckets of this pass is added up. */
  leave(pass: Pass): Promise<void>;
}

const registry = 'stg_registry';
const incrementals = models.filter(({ kind }) => kind === 'incremental').map(({ name }) => name);

/** Steps of the first pass whose rows the second one reads. */
const handedOn: readonly string[] = ['previous_parcels'];

const gatheredName = (name: string) => `all_${name}`;

/** The names of what a build with buckets gathers in temporary tables. */
export const gatheredNames: readonly string[] = ['changed_parcels', ...models.map(({ name }) => name)].map(
  gatheredName,
);

/** Numbers at which buckets of about the same size begin, in order; fewer where there are few parcels. */
async function findBounds({ readRows }: Engine, count: number): Promise<string[]> {
  const [total] = (await readRows(`select count(*) from ${registry}`))[0] ?? [];
  const step = Math.max(1, Math.floor(Number(total) / 20_000));
  const sample = await readRows(
    `select owner_number from ${registry} where hash(owner_number) % ${step} = 0 order by owner_number`,
  );
  const places = Array.from({ length: count - 1 }, (_, place) =>
    Math.floor(((place + 1) * sample.length) / count),
  );
  return [...new Set(places.flatMap((place) => (sample[place] ? [String(sample[place]?.[0])] : [])))];
}

/** Deals the parcels into `count` buckets, once stg_registry and changed_parcels are there. */
export async function openBuckets(
  connection: DuckDBConnection,
  engine: Engine,
  count: number,
): Promise<Buckets> {
  const bounds = await findBounds(engine, count);
  const reader = await connection.runAndReadAll('select current_database()');
  const marts = quoteName(String(reader.getRows()[0]?.[0]));
  const inMarts = (name: string) => `${marts}.main.${name}`;
  const apart = (name: string) => `temp.${gatheredName(name)}`;
  const allNumbers = readModel({ folder: 'staging', name: registry }, engine);
  const begun = new Set<string>();
  let index = 0;

  const isWithin = (column: string) => {
    const [from, to] = [bounds[index - 1], bounds[index]];
    const limits = [
      ...(from === undefined ? [] : [`${column} >= ${quoteText(from)}`]),
      ...(to === undefined ? [] : [`${column} < ${quoteText(to)}`]),
    ];
    return limits.length === 0 ? 'true' : limits.join(' and ');
  };
  const show = (name: string, place: string) =>
    engine.createView(name, `select * from ${place} where ${isWithin('tracking_number')}`);

  /** The first bucket makes the table, the others add to it. */
  const gather = async (place: string, select: string) => {
    const kind = place.startsWith('temp.') ? 'temp table' : 'table';
    const head = begun.has(place) ? `insert into ${place} by name` : `create or replace ${kind} ${place} as`;
    begun.add(place);
    await engine.run(`${head}\n${select}`);
  };

  const addUp = async ({ name, kind }: Model, by: readonly string[]) => {
    const columns = (await engine.readRows(`select column_name from (describe ${apart(name)})`)).map(String);
    const select = `
      select ${columns.map((column) => (by.includes(column) ? column : `cast(sum(${column}) as bigint) as ${column}`))}
      from ${apart(name)}
      group by ${by}`;
    if (kind === 'table' || kind === 'weekly') await engine.createTable(name, select);
    else await engine.createStep(name, select);
    await engine.run(`drop table ${apart(name)}`);
  };

  await engine.run(`create or replace temp table ${gatheredName('changed_parcels')} as from changed_parcels`);
  return {
    count: bounds.length + 1,
    async enter(place, pass) {
      index = place;
      await engine.createView(
        registry,
        `select * from (${allNumbers}) as numbers where ${isWithin('owner_number')}`,
      );
      await engine.createStep(
        'changed_parcels',
        `select * from ${apart('changed_parcels')} where ${isWithin('tracking_number')}`,
      );
      if (pass === 'derive') return;
      for (const name of incrementals) await show(name, inMarts(name));
      for (const name of handedOn) await show(name, apart(name));
    },
    async make(model, isFull) {
      const { name, kind, keeps } = model;
      // With buckets every week is made again: which of them a parcel touched is known after the last bucket only.
      const select = readSelect(model, engine, false);
      if (kind === 'incremental') {
        if (isFull) await gather(inMarts(name), select);
        else await engine.replaceRows(inMarts(name), select);
        await show(name, inMarts(name));
      } else if (kind === 'view') {
        await engine.createView(name, select);
        if (keeps === undefined) return;
        const part = `select * exclude (${keeps.without}) from temp.${name} where ${keeps.rows}`;
        await gather(inMarts(name), part);
      } else {
        await engine.createStep(name, select);
        const part = `select * from temp.${name}`;
        if (model.counted || handedOn.includes(name)) await gather(apart(name), part);
        else if (kind === 'table') await gather(inMarts(name), part);
      }
    },
    async leave(pass) {
      const made = models.filter(({ passes }) => passes?.includes(pass));
      for (const { name, kind } of made) {
        const object = kind === 'view' || kind === 'incremental' ? 'view' : 'table';
        await engine.run(`drop ${object} if exists temp.${name}`);
      }
      if (pass === 'count') {
        for (const name of [...incrementals, ...handedOn])
          await engine.run(`drop view if exists temp.${name}`);
      }
      for (const model of made) if (model.counted) await addUp(model, model.counted);
      await engine.createView(registry, allNumbers);
      await engine.createStep('changed_parcels', `select * from ${apart('changed_parcels')}`);
    },
  };
}
