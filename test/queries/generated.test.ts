import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { makeAll } from '../../queries/generate/generate.js';
import { openScratch } from './harness.js';

it('what is made of the metrics, the dictionary and the models stands in git as it is made (npm run generate)', async () => {
  const scratch = await openScratch();
  try {
    await scratch.connection.run(`set search_path = 'marts,warehouse'`);
    const made = await makeAll(scratch.connection);
    const stale = made.filter(
      ({ path, text }) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8') !== text,
    );
    expect(stale.map(({ path }) => path)).toEqual([]);
    expect(made.length).toBeGreaterThanOrEqual(5);
  } finally {
    scratch.close();
  }
});
