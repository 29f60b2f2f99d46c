import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('a report asks V8 for something that this V8 knows', () => {
  const source = readFileSync(new URL('../../../pipelines/night/report.ts', import.meta.url), 'utf8');
  const flags = [...source.matchAll(/setFlagsFromString\(`(--[a-z-]+)=/g)].map(([, flag]) => flag ?? '');
  expect(flags).toHaveLength(1);
  const { stdout } = spawnSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  for (const flag of flags) expect(stdout).toContain(`${flag} (`);
});
