import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Context } from '../../../pipelines/context.js';
import { importFiles } from '../../../pipelines/extract/import.js';
import { buildStep } from '../../../pipelines/night/build-step.js';
import { simulateParcels } from '../../../pipelines/sandbox/simulate.js';
import { openWarehouse } from '../../../pipelines/store/warehouse.js';
import { dayMs, makeFolder } from '../extract/harness.js';

const now = new Date('2026-06-30T09:41:00Z');

/** A warehouse of some hundred parcels whose database may use 24MB, and a build in it; `source` says where its limit comes from. */
async function buildWithLittle(source: 'default' | 'file') {
  const folder = makeFolder();
  const simulated = simulateParcels({ seed: 5, count: 600, now, days: 200 });
  const bodies = [...simulated.list(now)].map(({ trackingNumber }) => simulated.find(trackingNumber, now));
  const file = join(folder, 'archive.ndjson');
  writeFileSync(file, bodies.map((body) => JSON.stringify(body)).join('\n'));
  const path = join(folder, 'warehouse.duckdb');
  const { connection, close } = await openWarehouse({
    path,
    memoryLimit: '512MB',
    threads: 1,
    command: 'test',
  });
  const warnings: string[] = [];
  try {
    await importFiles(connection, {
      files: [file],
      runId: 'r',
      clock: () => new Date(now.getTime() - dayMs),
      keepSourceId: false,
    });
    await connection.run(`set memory_limit = '24MB'`);
    const log = { warn: (text: string) => warnings.push(text), error: () => {}, info: () => {} };
    const context = {
      config: {
        marts: join(folder, 'marts.duckdb'),
        days: 90,
        buckets: 1,
        lake: null,
        accounts: null,
        seeds: null,
        sources: { memoryLimit: source },
      },
      options: { full: false },
      clock: () => now,
      log,
      progress: { start: () => {}, advance: () => {}, stop: () => {} },
      signal: new AbortController().signal,
    } as unknown as Context;
    const built = await buildStep(context, { connection, runId: 'r', note: () => {} });
    return { ...built, warnings };
  } finally {
    await close();
  }
}

it('makes a build again with half of the memory when what it has by default does not do', async () => {
  const { result, failures, warnings } = await buildWithLittle('default');
  expect(failures).toEqual([]);
  expect(result.changedCount).toBe(600);
  expect(warnings).toEqual([
    expect.stringMatching(/^the build lacked memory: it is made again with up to \d+/),
  ]);
});

it('leaves a limit that was set by hand as it is', async () => {
  await expect(buildWithLittle('file')).rejects.toThrow('Out of Memory');
});
