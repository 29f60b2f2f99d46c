import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCases } from './case-files.js';
import { openScratch, type Scratch } from './harness.js';

// Since when a fact passed is kept from build to build.

describe('a missed agreement', () => {
  const given = readCases().find(({ name }) => name === 'targets');
  const seedsFolder = mkdtempSync(join(tmpdir(), 'agreed-'));
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await openScratch();
    await scratch.land(given?.observations ?? []);
  });
  afterAll(() => {
    scratch.close();
    rmSync(seedsFolder, { recursive: true });
  });

  async function findSince(day: string, rows: string[]): Promise<string[]> {
    writeFileSync(
      join(seedsFolder, 'targets.csv'),
      [
        'carrier_code,from_country,to_country,delivery_type,service_level,metric,target,from_date,to_date,note',
        ...rows,
      ].join('\n'),
    );
    await scratch.build({ asOf: new Date(`${day}T06:00:00Z`), days: 90, seedsFolder });
    const cases = await scratch.rows<{ since: string }>(
      `select cast(since as varchar) as since from cases where kind = 'target'`,
    );
    return cases.map(({ since }) => since);
  }

  it('is known since it was first found, wherever it stands in the file', async () => {
    const agreed = 'dhl,,,,,promise_kept_rate,0.9,,,';
    expect(await findSince('2026-06-30', [agreed])).toEqual(['2026-06-30']);
    expect(await findSince('2026-07-01', ['gls,,,,,promise_kept_rate,0.9,,,', agreed])).toEqual([
      '2026-06-30',
    ]);
  });

  it('begins anew with another agreement, and after it was none', async () => {
    expect(await findSince('2026-07-02', ['dhl,,,,,promise_kept_rate,0.95,,,'])).toEqual(['2026-07-02']);
    expect(await findSince('2026-07-03', [])).toEqual([]);
    expect(await findSince('2026-07-04', ['dhl,,,,,promise_kept_rate,0.95,,,'])).toEqual(['2026-07-04']);
  });
});
