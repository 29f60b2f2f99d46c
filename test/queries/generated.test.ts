import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { makeAll } from '../../queries/generate/generate.js';
import { openScratch } from './harness.js';

it('what is made of the metrics, the dictionary and the models stands in git as it is made (npm run generate)', async () => {
  const scratch = await openScratch();
  try {
    await scratch.connection.run(`set search_path = 'marts,warehouse'`);
    const readText = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
    const made = await makeAll(scratch.connection, readText);
    const stale = made.filter(({ path, text }) => readText(path) !== text);
    expect(stale.map(({ path }) => path)).toEqual([]);
    expect(made.length).toBeGreaterThanOrEqual(6);
  } finally {
    scratch.close();
  }
});
