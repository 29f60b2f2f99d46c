import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, expect, it } from 'vitest';
import { call, makeFolder, pointAt, showBodies } from '../extract/harness.js';
import { start } from '../sandbox/harness.js';

// Every file of the inbox is taken, or named with why, every night until it is gone.

const clock = new Date('2026-03-10T04:00:00Z');
let cwd = '';
let inbox = '';
beforeEach(() => {
  cwd = makeFolder();
  inbox = join(cwd, 'inbox');
});

async function spendNight() {
  const sandbox = await start({ source: showBodies({}), now: clock });
  const environment = { ...pointAt(sandbox), PARCELMETRICS_INBOX: inbox };
  const called = await call(['nightly', '--json', '--as-of', clock.toISOString()], { cwd, environment });
  return { ...called, texts: (JSON.parse(called.out) as { inbox: string[]; to_do: string[] }).inbox };
}

it('takes what can be read whatever its name, and names the rest, the second night too', async () => {
  mkdirSync(join(inbox, 'folder'), { recursive: true });
  const files: Record<string, string | Buffer> = {
    'list.txt': 'tracking_number,carrier_code\nA,dpd\n',
    'list.json': '[{"tracking_number":"B"}]',
    'misnamed.csv': gzipSync('tracking_number\nC\n'),
    'half.csv': 'tracking_number\nD\nN/A\n',
    'empty.csv': '',
    'book.xlsx': Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.from('[Content_Types].xml')]),
    '._list.csv': Buffer.from('00051607', 'hex'),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(inbox, name), content);
  symlinkSync(join(cwd, 'nowhere'), join(inbox, 'link.csv'));

  const first = await spendNight();
  expect(first.exitCode).toBe(3);
  expect(readdirSync(join(inbox, 'done')).sort()).toEqual(['list.json', 'list.txt', 'misnamed.csv']);
  const named = ['._list.csv', 'book.xlsx', 'empty.csv', 'folder', 'half.csv', 'link.csv'];
  expect(readdirSync(inbox).sort()).toEqual([...named.slice(0, 2), 'done', ...named.slice(2)]);
  for (const name of Object.keys(files)) expect(first.texts.join('\n')).toContain(name);

  const second = await spendNight();
  expect(second.exitCode).toBe(3);
  expect(second.texts.map((text) => text.split(':')[0])).toEqual(named);
  expect(second.texts.join('\n')).toMatch(/book\.xlsx: not registered: .*Excel workbook/);
  expect(second.texts.join('\n')).toMatch(/half\.csv: 2 rows: 0 registered, 1 known already; 1 left out/);
  expect((JSON.parse(second.out) as { to_do: string[] }).to_do.join()).toContain('5 files of the inbox');
});

it('troubles nobody with a hidden file alone, but names it', async () => {
  mkdirSync(inbox);
  writeFileSync(join(inbox, '.part'), 'tracking_number\nA');
  const { texts, out } = await spendNight();
  expect(texts).toEqual(['.part: a hidden file: not read']);
  // what there is to do is about the empty registry, not about the file
  expect((JSON.parse(out) as { to_do: string[] }).to_do.join()).not.toContain('inbox');
});

it('goes on with the night where the folder is not there, warns and ends with 3', async () => {
  const { exitCode, err, texts } = await spendNight();
  expect({ exitCode, err }).toEqual({
    exitCode: 3,
    err: expect.stringContaining('is not there: nothing was registered'),
  });
  expect(texts).toEqual([`${inbox}: the folder is not there`]);
  expect(existsSync(join(cwd, 'data', 'published', 'shipping.duckdb'))).toBe(true);
});
