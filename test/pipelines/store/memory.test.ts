import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Config } from '../../../pipelines/config/config.js';
import { importFiles } from '../../../pipelines/extract/import.js';
import { simulateParcels } from '../../../pipelines/sandbox/simulate.js';
import { remakeMarts, tryWithMore } from '../../../pipelines/store/marts.js';
import { openWarehouse } from '../../../pipelines/store/warehouse.js';
import { build } from '../../../queries/build.js';
import { describeFailures } from '../../../queries/checks.js';
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
    const config = { sources: { memoryLimit: source }, buckets: 1 } as unknown as Config;
    const work = () => build(connection, { asOf: now, days: 90 });
    const built = await tryWithMore(
      connection,
      config,
      (text) => warnings.push(text),
      () => remakeMarts(connection, join(folder, 'marts.duckdb'), work),
    );
    return { built, warnings };
  } finally {
    await close();
  }
}

it('makes a build again with half of the memory when what it has by default does not do', async () => {
  const { built, warnings } = await buildWithLittle('default');
  expect(describeFailures(built.checks)).toEqual([]);
  expect(built.changedCount).toBe(600);
  expect(warnings).toEqual([
    expect.stringMatching(/^the build lacked memory: it is made again with up to \d+/),
  ]);
});

it('leaves a limit that was set by hand as it is', async () => {
  await expect(buildWithLittle('file')).rejects.toThrow('Out of Memory');
});
