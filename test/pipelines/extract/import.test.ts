import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { importFiles } from '../../../pipelines/extract/import.js';
import { failAfterCommits, makeFolder, makeTimeline, openLanding, readRows, readValue } from './harness.js';

const clock = new Date('2026-03-10T04:00:00Z');

/** Thirty days of ten parcels, each with one event more than the day before. */
function writeArchive(): string {
  const file = join(makeFolder(), 'archive.ndjson');
  const lines = Array.from({ length: 300 }, (_, index) => {
    const [day, parcel] = [Math.floor(index / 10), index % 10];
    const events = Array.from(
      { length: 1 + (day % 7) },
      (_, hour) => [`2026-02-01T0${hour}:00:00Z`, 'in_transit'] as const,
    );
    const observed_at = new Date(Date.UTC(2026, 1, 2 + day)).toISOString();
    return JSON.stringify({ observed_at, response: makeTimeline(`3S${parcel}`, events) });
  });
  writeFileSync(file, lines.join('\n'));
  return file;
}

const importAll = (connection: DuckDBConnection, file: string, more: object = {}) =>
  importFiles(connection, { files: [file], runId: 'run', clock: () => clock, keepSourceId: false, ...more });

async function open(): Promise<DuckDBConnection> {
  const connection = await openLanding();
  await connection.run(
    "insert into runs (run_id, command, clock_at, started_at) values ('run', 'import', now(), now())",
  );
  return connection;
}

const tables = ['registry', 'landed_polls', 'landed_responses', 'landed_events'];
const readAll = (connection: DuckDBConnection) =>
  Promise.all(tables.map((table) => readRows(connection, `select * from ${table} order by all`)));

it('lands one batch while it reads the next: as if all were one', async () => {
  const file = writeArchive();
  const [whole, dealt] = [await open(), await open()];
  const sizes: number[] = [];
  const first = await importAll(whole, file);
  const second = await importAll(dealt, file, {
    batchSize: 7,
    onBatch: (lines: number) => sizes.push(lines),
  });
  expect(first).toMatchObject({ lines: 300, polls: 300 });
  expect(second).toEqual(first);
  expect(sizes).toEqual([...Array.from({ length: 42 }, () => 7), 6]);
  expect(await readAll(dealt)).toEqual(await readAll(whole));
});

it('keeps the batches before one that cannot be written, and lands none after it', async () => {
  const file = writeArchive();
  const connection = await open();
  const broken = importAll(failAfterCommits(connection, 3), file, { batchSize: 50 });
  await expect(broken).rejects.toThrow('the disk is full');
  expect(await readValue(connection, 'select count(*) from landed_polls')).toBe('150');
  expect(await importAll(connection, file)).toMatchObject({ lines: 300, polls: 150 });
});

it('lands what was read when a signal ends it', async () => {
  const file = writeArchive();
  const connection = await open();
  const stop = new AbortController();
  const onBatch = () => stop.abort(new Error('Ctrl-C'));
  await expect(importAll(connection, file, { batchSize: 50, signal: stop.signal, onBatch })).rejects.toThrow(
    'Ctrl-C',
  );
  const landed = Number(await readValue(connection, 'select count(*) from landed_polls'));
  expect([50, 100, 150]).toContain(landed);
});
