import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publish } from '../../pipelines/store/publish.js';
import { openSnapshot } from '../../queries/db.js';
import { publicTables } from '../../queries/models.js';
import { readSnapshot } from '../../reports/snapshot.js';
import { type Case, readCases } from '../queries/case-files.js';
import { openScratch } from '../queries/harness.js';

// The query of a case lists exactly the parcels that its sentence counts, on data that was built.

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-case-parcels-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function publishCase(given: Case): Promise<string> {
  const scratch = await openScratch();
  await scratch.land(given.observations);
  await scratch.build({
    asOf: given.asOf,
    days: given.days,
    seedsFolder: given.hasSeeds ? given.folder : null,
  });
  const published = join(folder, given.name);
  await publish(scratch.connection, {
    published,
    runId: 'run-1',
    tables: publicTables,
    writeComments: async () => {},
  });
  scratch.close();
  return join(published, 'shipping.duckdb');
}

/** How many of a case's n count against the carrier, from its row alone. */
const expected: Record<string, (row: { n: number; x: number | null }) => number> = {
  // waited for the next collection
  'hand-over-cut-off': ({ x }) => x ?? 0,
  // promises not kept
  targets: ({ n, x }) => n - (x ?? 0),
};

it.each(Object.keys(expected))(
  '%s',
  async (name) => {
    const given = readCases().find((each) => each.name === name);
    if (!given) throw new Error(`no case ${name}`);
    const snapshotPath = await publishCase(given);
    const db = await openSnapshot(snapshotPath);
    const snapshot = await readSnapshot(db);
    await db.destroy();
    expect(snapshot.cases.length).toBeGreaterThan(0);
    for (const row of snapshot.cases) {
      const evidence = snapshot.caseEvidence.find(({ case_number }) => case_number === row.case_number);
      if (row.compared_with === 'others') continue;
      expect(evidence?.parcel_count, `${row.kind} ${row.carrier_code}`).toBe(expected[name]?.(row));
    }
  },
  120_000,
);
