import { OPTIONS, type OptionName, type OptionSpec, SETTING_NAMES } from '../../config/options.js';
import type { CommandShape } from '../../context.js';

/** What may stand at a place of a command line. */
export type Place =
  | { kind: 'nothing' }
  | { kind: 'text' }
  | { kind: 'file' }
  | { kind: 'folder' }
  | { kind: 'words'; words: readonly string[] };

export interface OptionWords {
  /** As they are typed: `-f`, `--file`. */
  flags: readonly string[];
  help: string;
  /** What follows it; nothing for a switch. */
  value: Place;
  isRepeatable: boolean;
}

export interface CommandWords {
  name: string;
  summary: string;
  options: readonly OptionWords[];
  argument: Place;
  takesSeveral: boolean;
}

/** All that can be completed: the words of the commands, of their options, and of those that every command takes. */
export interface Words {
  commands: readonly CommandWords[];
  everywhere: readonly OptionWords[];
}

/** Gathers the words from the commands, `help` among them, and from the table of options. */
export function gatherWords(commands: readonly CommandShape[]): Words {
  const own: CommandWords[] = commands.map((command) => ({
    name: command.name,
    summary: command.summary,
    options: command.optionNames.map(describeOption),
    argument: describeArgument(command),
    takesSeveral: command.arguments?.includes('...') ?? false,
  }));
  const names = commands.map(({ name }) => name);
  const help: CommandWords = {
    name: 'help',
    summary: 'the help of a command',
    options: [],
    argument: { kind: 'words', words: names },
    takesSeveral: false,
  };
  const plain = { value: { kind: 'nothing' }, isRepeatable: false } as const;
  return {
    commands: [...own, help],
    everywhere: [
      ...SETTING_NAMES.filter((name) => OPTIONS[name].everywhere).map(describeOption),
      { flags: ['-h', '--help'], help: 'help', ...plain },
      { flags: ['--version'], help: 'the version of parcelmetrics', ...plain },
    ],
  };
}

function describeOption(name: OptionName): OptionWords {
  const { option, short, negated, repeatable, help } = OPTIONS[name];
  const long = `--${negated ? 'no-' : ''}${option}`;
  return {
    flags: short ? [`-${short}`, long] : [long],
    help,
    value: describeValue(OPTIONS[name]),
    isRepeatable: repeatable ?? false,
  };
}

function describeValue({ argument, parse }: OptionSpec<unknown>): Place {
  if (argument === undefined) return { kind: 'nothing' };
  if (parse.choices !== undefined) return { kind: 'words', words: parse.choices };
  if (argument === 'FILE') return { kind: 'file' };
  return { kind: argument === 'DIR' ? 'folder' : 'text' };
}

const argumentKinds: Readonly<Record<string, 'file' | 'folder'>> = {
  file: 'file',
  source: 'file',
  folder: 'folder',
};

function describeArgument({ arguments: given, argumentChoices }: CommandShape): Place {
  if (argumentChoices !== undefined) return { kind: 'words', words: argumentChoices };
  if (given === undefined) return { kind: 'nothing' };
  return { kind: argumentKinds[given.replace(/[^a-z]/g, '')] ?? 'text' };
}
