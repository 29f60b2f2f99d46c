import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { estimateShare, z95 } from '../../../reports/drawing/wilson.js';

it('z and the interval are those of the SQL, to the last digit that is published', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(readFileSync(new URL('../../../queries/prelude.sql', import.meta.url), 'utf8'));
  const reader = await connection.runAndReadAll(`
    select n, x, wilson_lo(x, n), wilson_hi(x, n), cast(z_95() as double)
    from (select unnest([1, 2, 7, 29, 148, 1000, 123457]::double[]) as n),
        lateral (select unnest([0, 1, floor(n / 3), n - 1, n]) as x)`);
  const rows = reader.getRows() as number[][];
  expect(rows.length).toBe(35);
  for (const [n = 0, x = 0, lo = 0, hi = 0, z] of rows) {
    const { lo: ownLo, hi: ownHi } = estimateShare(x, n);
    expect(z).toBe(z95);
    expect(ownLo, `${x} of ${n}`).toBeCloseTo(lo, 12);
    expect(ownHi, `${x} of ${n}`).toBeCloseTo(hi, 12);
  }
  connection.closeSync();
  instance.closeSync();
});
