import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../pipelines/command-list.js';
import { environmentName, fileKey, OPTIONS, type OptionName } from '../../pipelines/config/options.js';

// Documents and what is built agree, both ways. docs/cli.md is written from the commands, and its own test holds it.

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
/** The pages that somebody wrote. */
const written = pages.filter((page) => !['docs/cli.md', 'docs/data-dictionary.md'].includes(page));
const allWritten = written.map(read).join('\n');
const optionNames = Object.keys(OPTIONS) as OptionName[];

/** The flags of other programs that pages show. */
const foreignFlags =
  /\b(npx?|npm|docker|duckdb|journalctl|pip|java|node|git|vitest|systemd-analyze|cp|apt|chmod|python3?)\b[^\n`]*/g;

function findFlags(text: string): string[] {
  const ours = text.replace(foreignFlags, (line) => /parcelmetrics .*/.exec(line)?.[0] ?? '');
  return [...ours.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map(([, flag = '']) => flag);
}

describe('what documents say is built', () => {
  const flags = new Set([
    ...optionNames
      .filter((name) => OPTIONS[name].flag)
      .map((name) => `${OPTIONS[name].negated ? 'no-' : ''}${OPTIONS[name].option}`),
    'help',
    'version',
  ]);
  // Those of npm, of node, and of the bench and its faults, where they stand alone.
  const others = /^(allow-(git)?$|disallow-code-|quick$|skip$|parcels$|nights$|load$)/;

  it.each(pages)('every option in %s', (page) => {
    expect(findFlags(read(page)).filter((flag) => !flags.has(flag) && !others.test(flag))).toEqual([]);
  });

  it('finds one that is not', () => {
    expect(findFlags('run `parcelmetrics nightly --max-durations 3h`, `--no-network`')).toEqual([
      'max-durations',
      'no-network',
    ]);
    expect(findFlags('`npm install --global x` and `npx parcelmetrics sql --nonsense`')).toEqual([
      'nonsense',
    ]);
  });

  it.each(pages)('every command in %s', (page) => {
    const names = new Set([...COMMANDS.map(({ name }) => name), 'help', 'COMMAND']);
    const code = [...read(page).matchAll(/```sh\n([\s\S]*?)```|```\n([\s\S]*?)```|`([^`\n]+)`/g)]
      .map(([, sh, plain, span]) => sh ?? plain ?? span)
      .join('\n');
    const named = [...code.matchAll(/(?:^|npx |&& |; |\| )parcelmetrics ([a-z][\w-]*)/gm)].map(
      ([, name = '']) => name,
    );
    expect(named.filter((name) => !names.has(name))).toEqual([]);
  });

  it.each(pages)('every variable in %s', (page) => {
    const known = new Set(optionNames.map((name) => environmentName(OPTIONS[name])));
    const variables = [...read(page).matchAll(/\b(?:PARCELMETRICS|SENDCLOUD)_[A-Z_]*[A-Z]\b/g)].map(
      ([name]) => name.replace(/_FILE$/, ''),
    );
    expect(
      variables.filter((name) => !known.has(name) && name !== 'PARCELMETRICS' && !known.has(`${name}_FILE`)),
    ).toEqual([]);
  });

  it.each(pages)('every link in %s leads somewhere, its heading too', (page) => {
    const slug = (heading: string) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-');
    const lost = [...read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].flatMap(([, link = '']) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return [link];
      if (anchor === undefined) return [];
      const text = read(target);
      const anchors = [
        ...[...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => slug(heading)),
        ...[...text.matchAll(/<a id="([^"]+)"/g)].map(([, id = '']) => id),
      ];
      return anchors.includes(anchor) ? [] : [link];
    });
    expect(lost).toEqual([]);
  });
});

describe('what is built is in the documents', () => {
  it('every command, on a page that somebody wrote and not only on the generated one', () => {
    const silent = COMMANDS.filter(
      ({ name }) => !new RegExp(`\`[^\`\\n]*\\b${name}\\b|^.*parcelmetrics ${name}\\b`, 'm').test(allWritten),
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('every setting and option, on docs/cli.md', () => {
    const page = read('docs/cli.md');
    const silent = optionNames.filter((name) => {
      const { option, flag, negated, secret } = OPTIONS[name];
      const asFlag = flag && page.includes(`--${negated ? 'no-' : ''}${option}`);
      const key = fileKey(OPTIONS[name]);
      return !(
        asFlag ||
        (key !== null && page.includes(`\`${key}\``)) ||
        (secret && page.includes(environmentName(OPTIONS[name])))
      );
    });
    expect(silent).toEqual([]);
  });

  it('every page, from the README', () => {
    const links = new Set([...read('README.md').matchAll(/\]\(([^)#]+)/g)].map(([, link = '']) => link));
    expect(pages.filter((page) => page.startsWith('docs/') && !links.has(page))).toEqual([]);
  });
});

it('docs/rooms.svg is what the imports say (node .ci/draw-rooms.mjs)', () => {
  const ran = spawnSync(process.execPath, ['.ci/draw-rooms.mjs', '--check'], { cwd: root, encoding: 'utf8' });
  expect(ran.stderr).toBe('');
  expect(ran.status).toBe(0);
});
