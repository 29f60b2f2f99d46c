import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { COMMANDS } from '../../pipelines/commands.js';
import { OPTIONS, SETTING_NAMES } from '../../pipelines/options.js';
import { renderCliPage } from '../docs/cli-page.js';

const page = new URL('../../docs/cli.md', import.meta.url);

it('docs/cli.md is what the commands and options say', () => {
  const text = renderCliPage();
  if (process.env.UPDATE_DOCS === '1') writeFileSync(page, text);
  expect(existsSync(page) ? readFileSync(page, 'utf8') : '').toBe(text);
});

it('every command that help lists is there, and takes only options that exist and apply to it', async () => {
  for (const { name, load, optionNames, examples } of COMMANDS) {
    expect(typeof (await load()), name).toBe('function');
    for (const option of optionNames) expect(OPTIONS[option].flag, `${name} ${option}`).toBe(true);
    for (const [line] of examples) {
      const flags = [...line.matchAll(/ --(?:no-)?([a-z-]+)/g)].map(([, flag]) => flag);
      const known = [...SETTING_NAMES.filter((setting) => OPTIONS[setting].everywhere), ...optionNames];
      for (const flag of flags) {
        expect(
          known.map((option) => OPTIONS[option].option),
          line,
        ).toContain(flag);
      }
    }
  }
});
