import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { build } from '../../queries/build.js';
import { describeFailures } from '../../queries/checks.js';
import type { RemoteEngine } from '../../queries/engines/trino/engine.js';
import { openScratch, type RawObservation, type Scratch } from '../queries/harness.js';
import { compareDumps, readableHistories } from '../queries/nights.js';
import { askTrino, dump, findTrino, openTrinoHouse } from './harness.js';

const asOf = new Date('2026-06-30T00:00:00Z');
const days = 60;
const daysBefore = (count: number) => new Date(asOf.getTime() - count * 86_400_000);
const scratches: Scratch[] = [];

afterEach(() => {
  for (const scratch of scratches.splice(0)) scratch.close();
});

/** A parcel of several numbers, which no other text holds. */
const erased = ['ZQXJ7H3KWVY01', 'ZQXJ7H3KWVY02', 'ZQXJ7H3KWVY03'];
const ofErased: RawObservation[] = [erased.slice(0, 2), erased.slice(2)].map((numbers) => ({
  observedAt: daysBefore(75),
  response: {
    details: { is_return: false },
    from_address: { country_code: 'NL' },
    to_address: { country_code: 'BE' },
    ship_with: {},
    tracking_numbers: numbers.map((number) => ({ carrier_code: 'dhl', tracking_number: number })),
    events: [
      { event_at: '2026-04-10T08:00:00Z', status_code: 'accepted', event_type: 'carrier' },
      { event_at: '2026-04-12T08:00:00Z', status_code: 'delivered', event_type: 'carrier' },
    ],
  },
}));

async function eraseLanded(scratch: Scratch): Promise<void> {
  const list = erased.map((number) => `'${number}'`).join(', ');
  for (const table of ['landed_polls', 'landed_responses', 'landed_events', 'registry'])
    await scratch.connection.run(`delete from warehouse.${table} where tracking_number in (${list})`);
}

/** The blocks of an Avro file, as they were before they were packed. */
function unpackAvro(bytes: Buffer): Buffer {
  const isPacked = bytes.subarray(0, 4096).includes('deflate');
  let at = bytes.indexOf('avro.schema');
  if (bytes.subarray(0, 3).toString() !== 'Obj' || at < 0) throw new Error('no Avro file');
  // Sixteen bytes end the head, and each block after its count of rows and its length.
  const sync = bytes.subarray(bytes.length - 16);
  const blocks: Buffer[] = [bytes.subarray(0, bytes.indexOf(sync))];
  const readLong = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) return value / 2;
    }
  };
  at = bytes.indexOf(sync) + 16;
  while (at < bytes.length) {
    readLong();
    const length = readLong();
    const block = bytes.subarray(at, at + length);
    blocks.push(isPacked ? inflateRawSync(block) : block);
    at += length + 16;
  }
  return Buffer.concat(blocks);
}

/** Files that hold one of the numbers: as a value of Parquet, in its statistics, in a manifest, or as plain text. */
async function findHolders(scratch: Scratch, folder: string): Promise<string[]> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const holders: string[] = [];
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    const bytes = readFileSync(path);
    const text = name.endsWith('.avro') ? unpackAvro(bytes) : bytes;
    let holds = erased.some((number) => text.includes(number));
    if (name.endsWith('.parquet')) {
      const rows = await scratch.rows<{ row: string }>(
        `select to_json(t) as row from read_parquet('${path}') as t`,
      );
      holds ||= rows.some(({ row }) => erased.some((number) => String(row).includes(number)));
    }
    if (holds) holders.push(name);
  }
  return holders;
}

/** The engine, whose new rows of a table fail once those that they replace are gone. */
const failing = (engine: RemoteEngine, failed: string): RemoteEngine => ({
  ...engine,
  replaceRows: (name, select) =>
    engine.replaceRows(name, name === failed ? `select no_such_column from (${select}) as made` : select),
});

describe('nights on Trino with tables that last', () => {
  it('leave what a full build here makes; a night that failed is undone; what is erased is in no file', async () => {
    const observations = [...readableHistories(81, 80, asOf), ...ofErased];
    const house = openTrinoHouse(true);
    const nightly = await openScratch({ threads: 2 });
    scratches.push(nightly);
    await nightly.connection.run(`attach ':memory:' as here`);
    const { tables } = findTrino();
    const readState = () =>
      askTrino(
        `select place, id, fingerprint, as_of, tables from ${tables}.${house.lastingSchema}.build_state`,
      );
    const landed = new Set<RawObservation>();
    const clocks = [daysBefore(70), daysBefore(2), asOf];
    for (const [night, clock] of clocks.entries()) {
      const isLast = night === clocks.length - 1;
      const due = observations.filter((one) => !landed.has(one) && (isLast || one.observedAt <= clock));
      for (const one of due) landed.add(one);
      await nightly.land(due);
      if (night === 1) {
        const before = await readState();
        const failure = await house
          .build(nightly, { asOf: clock, days }, (engine) => failing(engine, 'parcels'))
          .catch((error: unknown) => error);
        expect(String(failure)).toContain('model parcels: Trino:');
        expect(await readState()).toEqual(before);
        expect((await findHolders(nightly, house.tablesFolder)).length).toBeGreaterThan(3);
      }
      if (isLast) await eraseLanded(nightly);
      const built = await house.build(nightly, { asOf: clock, days });
      expect(built.isFull).toBe(night === 0);
      expect(describeFailures(built.checks)).toEqual([]);
      const there = await dump(nightly);
      expect(there.parcels?.length).toBeGreaterThan(built.isFull ? 10 : built.changedCount);
      await nightly.connection.run(`set search_path = 'here,warehouse'`);
      await build(nightly.connection, { asOf: clock, days, full: true });
      expect(compareDumps(there, await dump(nightly))).toEqual([]);
    }
    expect(await findHolders(nightly, house.tablesFolder)).toEqual([]);
  });
});
