import { COMMANDS, type CommandSpec } from '../../pipelines/command-list.js';
import {
  defaultText,
  environmentName,
  fileKey,
  OPTIONS,
  type OptionName,
  SETTING_NAMES,
} from '../../pipelines/config/options.js';

const groups: readonly CommandSpec['group'][] = ['First steps', 'The night', 'Answers', 'House keeping'];

const exitCodes = [
  ['0', 'done'],
  ['1', 'a fault of ours (a bug): the message says how to report it'],
  ['2', 'usage, configuration or input: names the option, or the file, line and column; nothing was changed'],
  ['3', 'done, with something left out (dead letters, a limit reached): said in one line, kept for later'],
  ['4', 'the API refused or could not be reached: credentials, network, TLS'],
  ['5', 'a data check failed: what was published before still stands'],
  [
    '6',
    'another run holds the warehouse: its pid and start are named; or another build of the account has taken over its tables on Trino',
  ],
  ['130, 143', 'interrupted; what was committed is kept, and the next run goes on from there'],
];

/** Text within a cell: a bar would end it. */
const cell = (text: string) => text.replaceAll('|', '\\|');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |\n`;
  return `${line(head)}${line(head.map(() => '---'))}${rows.map(line).join('')}`;
}

function flagOf(name: OptionName): string {
  const { option, short, argument, negated } = OPTIONS[name];
  const long = `--${negated ? 'no-' : ''}${option}${argument ? ` ${argument}` : ''}`;
  return `\`${short ? `-${short}, ` : ''}${long}\``;
}

const variableOf = (name: OptionName) =>
  `\`${environmentName(OPTIONS[name])}${OPTIONS[name].negated ? '=false' : ''}\``;

function optionRows(names: readonly OptionName[]): string[][] {
  return names.map((name) => [
    flagOf(name),
    OPTIONS[name].help,
    OPTIONS[name].negated ? '' : (defaultText(name) ?? 'off'),
    variableOf(name),
  ]);
}

const optionHead = ['option', 'what it does', 'default', 'variable'];

function describeCommand({
  name,
  arguments: given,
  summary,
  details,
  optionNames,
  examples,
}: CommandSpec): string {
  const usage = [
    'parcelmetrics',
    name,
    ...(optionNames.length > 0 ? ['[options]'] : []),
    ...(given ? [given] : []),
  ];
  const parts = [
    `### ${name}\n`,
    `\`${usage.join(' ')}\`\n`,
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.\n`,
  ];
  if (details) parts.push(`${details.replaceAll('\n', ' ')}\n`);
  if (optionNames.length > 0) parts.push(table(optionHead, optionRows(optionNames)));
  const lines = examples.map(([line, purpose]) => `# ${purpose}\n${line}\n`).join('\n');
  parts.push(`\`\`\`sh\n${lines}\`\`\`\n`);
  return parts.join('\n');
}

/** docs/cli.md: everything that --help says, on one page. */
export function renderCliPage(): string {
  const everywhere = SETTING_NAMES.filter((name) => OPTIONS[name].everywhere);
  const inFile = SETTING_NAMES.filter((name) => fileKey(OPTIONS[name]) !== null);
  const secrets = SETTING_NAMES.filter((name) => OPTIONS[name].secret);
  const sections = groups.map((group) => {
    const commands = COMMANDS.filter((command) => command.group === group);
    return `## ${group}\n\n${commands.map(describeCommand).join('\n')}`;
  });
  return [
    '# The command line\n',
    '<!-- Made from the same description as --help: UPDATE_DOCS=1 npx vitest run test/pipelines/cli-docs.test.ts -->\n',
    'stdout carries data, stderr carries progress and log lines. A flag goes before the environment, that before `.env`, that before',
    'the configuration file (`parcelmetrics.config.json`), that before the default; `parcelmetrics doctor` shows each setting with its',
    'source. `parcelmetrics COMMAND --help` shows what stands here.\n',
    table(
      ['command', 'does'],
      COMMANDS.map(({ name, summary }) => [`[${name}](#${name})`, summary]),
    ),
    sections.join('\n'),
    '## Options of every command\n',
    table(optionHead, optionRows(everywhere)),
    '## Settings\n',
    'Each may stand in the configuration file under its key, or in the environment or `.env` under its variable. `parcelmetrics init`',
    'writes a file with all of them commented out. Relative paths in the file start at its folder.\n',
    table(
      ['key', 'what it is', 'default', 'variable'],
      inFile.map((name) => [
        `\`${fileKey(OPTIONS[name])}\``,
        OPTIONS[name].help,
        defaultText(name) ?? 'off',
        variableOf(name),
      ]),
    ),
    '## Secrets\n',
    'Only in the environment or in `.env`; each may also be named by a file, with `_FILE` behind its variable. They never come from a flag',
    'or the configuration file, and no log, message or report shows them.\n',
    table(
      ['variable', 'what it is'],
      secrets.map((name) => [variableOf(name), OPTIONS[name].help]),
    ),
    '## Exit codes\n',
    'Of several, the gravest: 1, 5, 4, 3.\n',
    table(['code', 'meaning'], exitCodes),
  ].join('\n');
}
