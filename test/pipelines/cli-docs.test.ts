import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../pipelines/command-list.js';
import { OPTIONS, SETTING_NAMES } from '../../pipelines/config/options.js';
import { renderCliPage } from '../docs/cli-page.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = join(root, 'docs', 'cli.md');

it('docs/cli.md is what the commands and options say', () => {
  const text = renderCliPage();
  if (process.env.UPDATE_DOCS === '1') writeFileSync(page, text);
  expect(existsSync(page) ? readFileSync(page, 'utf8') : '').toBe(text);
});

it('every command that help lists is there, and takes only options that have a flag', async () => {
  for (const { name, load, optionNames } of COMMANDS) {
    expect(typeof (await load()), name).toBe('function');
    for (const option of optionNames) expect(OPTIONS[option].flag, `${name} ${option}`).toBe(true);
  }
});

/** What is wrong with a command line that a document shows; null where it could be typed. */
function findFault(line: string): string | null {
  const [, name = '', rest = ''] = /^parcelmetrics ([a-z-]+)(.*)$/s.exec(line) ?? [];
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) return `there is no command ${name}`;
  const known = [...SETTING_NAMES.filter((setting) => OPTIONS[setting].everywhere), ...command.optionNames];
  const unquoted = rest.replace(/"[^"]*"/g, '""');
  const flags = [...unquoted.matchAll(/ --(?:no-)?([a-z][a-z-]*)/g)].map(([, flag]) => flag);
  const unknown = flags.find((flag) => !known.some((option) => OPTIONS[option].option === flag));
  return unknown === undefined ? null : `${name} takes no --${unknown}`;
}

/** The command lines of a text: in code spans, in fences, in crontabs and unit files. */
function findLines(text: string): string[] {
  return [
    ...text.matchAll(
      /(?:^|[`\s/])(parcelmetrics (?:[a-z]+(?:-[a-z]+)*)(?: (?!is |has |what )[^`\n#;&|]*)?)/gm,
    ),
  ]
    .map(([, line = '']) => line.trim())
    .filter((line) => /^parcelmetrics [a-z-]+($| )/.test(line));
}

describe('command lines that documents show can be typed', () => {
  const inFolder = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? inFolder(join(folder, entry.name)) : [join(folder, entry.name)],
    );
  const files = ['docs/operations.md', 'docs/backup.md', 'docs/cli.md', ...inFolder('examples')];

  it('in help', () => {
    const lines = COMMANDS.flatMap(({ examples }) => examples.map(([line]) => line));
    expect(lines.map(findFault).filter((fault) => fault !== null)).toEqual([]);
  });

  it.each(files)('in %s', (file) => {
    // Prose that begins with the product's name is no command line.
    const text = readFileSync(join(root, file), 'utf8');
    const code = file.endsWith('.md')
      ? [...text.matchAll(/```sh\n([\s\S]*?)```|`([^`\n]+)`/g)]
          .map(([, fence, span]) => fence ?? span)
          .join('\n')
      : text;
    const lines = findLines(code).filter((line) => !/^parcelmetrics (COMMAND|is|the)\b/.test(line));
    expect(lines.map(findFault).filter((fault) => fault !== null)).toEqual([]);
    if (/operations|backup|crontab|\.service/.test(file)) expect(lines.length).toBeGreaterThan(0);
  });

  it('finds a line that cannot be typed', () => {
    expect(findFault('parcelmetrics nightly --max-durations 3h')).toBe('nightly takes no --max-durations');
    expect(findFault('parcelmetrics rebuild')).toBe('there is no command rebuild');
  });
});
