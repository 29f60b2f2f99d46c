#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, Help, Option } from 'commander';
import { COMMANDS, type CommandSpec } from './command-list.js';
import type { Config, ConfigInputs } from './config/config.js';
import { defaultText, environmentName, OPTIONS, type OptionName, SETTING_NAMES } from './config/options.js';
import { describeProcess } from './config/process.js';
import type { Context } from './context.js';
import { describeError, describeMissingFolder, interruptedError, nameTrouble, usageError } from './errors.js';
import { packageVersion } from './version.js';

type Output = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
type Signal = 'SIGINT' | 'SIGTERM';

/** The outside world of one call; tests hand in their own. */
export interface World extends Pick<ConfigInputs, 'environment' | 'cwd' | 'machine'> {
  stdout: Output;
  stderr: Output;
  now: () => Date;
  /** Where SIGINT and SIGTERM arrive. */
  signals: Pick<NodeJS.EventEmitter, 'on' | 'off'>;
  exit: (code: number) => void;
  commands: readonly CommandSpec[];
}

/** This process as the world. */
export function processWorld(): World {
  return {
    ...describeProcess(),
    stdout: process.stdout,
    stderr: process.stderr,
    now: () => new Date(),
    signals: process,
    exit: (code) => process.exit(code),
    commands: COMMANDS,
  };
}

const isReaderGone = ({ code }: NodeJS.ErrnoException) => code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';

const everywhereHeading = 'Options of every command:';

interface Call {
  spec: CommandSpec;
  args: readonly string[];
  flags: ConfigInputs['flags'];
}

/**
 * One call of the program: arguments (without node and script) in, exit code out. Nothing it starts outlives it.
 */
export async function main(argv: readonly string[], world: World = processWorld()): Promise<number> {
  let call: Call | null = null;
  const program = createProgram(world, (found) => {
    call = found;
  });
  try {
    program.parse(argv, { from: 'user' });
    return call === null ? 2 : await run(call, world);
  } catch (error) {
    if (error instanceof CommanderError) return explainUsage(error, argv, world);
    // Only what goes wrong before a command has its settings gets here.
    return sayError(error, { json: argv.includes('--json'), verbose: argv.includes('-v') }, world);
  }
}

async function run({ spec, args, flags }: Call, world: World): Promise<number> {
  const { environment, cwd, machine, now, stdout, stderr } = world;
  const inputs = { flags, environment, cwd, machine, optionNames: spec.optionNames };
  const { loadConfig, readConfig } = await import('./config/config.js');
  const read = spec.toleratesProblems ? readConfig(inputs) : { ...loadConfig(inputs), problems: [] };
  const { options, problems, warnings } = read;
  const config =
    options.snapshot === null
      ? read.config
      : (await import('./store/named.js')).chooseSnapshot(read.config, options.snapshot);

  const { createLog } = await import('./terminal/log.js');
  const { createProgress, chooseProgressMode } = await import('./terminal/progress.js');
  const isTerminal = machine.stderrIsTerminal;
  const log = createLog({ ...config, format: config.logFormat, isTerminal, sink: stderr, now });
  for (const warning of warnings) log.warn(warning);
  const progress = createProgress({ mode: chooseProgressMode(config), log, stream: stderr, now });

  const stop = new AbortController();
  let interrupted: Signal | null = null;
  const listenTo = (name: Signal) => () => {
    const reason = interruptedError(name);
    if (interrupted !== null) world.exit(reason.exitCode);
    interrupted = name;
    stop.abort(reason);
  };
  const listeners = { SIGINT: listenTo('SIGINT'), SIGTERM: listenTo('SIGTERM') };
  let isOutputGone = false;
  let hasSpoken = false;
  const onOutputError = (error: NodeJS.ErrnoException) => {
    // Whoever left is no trouble; a disk that is full is.
    if (!isReaderGone(error)) throw nameTrouble(error, 'standard output');
    isOutputGone = true;
    if (spec.stopsWithOutput) stop.abort(error);
  };
  const context: Context = {
    config,
    options,
    args,
    commands: world.commands,
    problems,
    log,
    progress,
    clock: config.asOf === null ? now : () => new Date(config.asOf ?? 0),
    signal: stop.signal,
    stdout: (text) => {
      hasSpoken = true;
      if (!isOutputGone) stdout.write(text);
    },
    stderr: (text) => void stderr.write(text),
    cwd,
  };

  world.signals.on('SIGINT', listeners.SIGINT);
  world.signals.on('SIGTERM', listeners.SIGTERM);
  stdout.on('error', onOutputError);
  try {
    const handler = await spec.load();
    const exitCode = await handler(context);
    if (interrupted === null || spec.endsBySignal) return exitCode;
    return sayError(stop.signal.reason, config, world, hasSpoken);
  } catch (error) {
    if (isOutputGone && spec.stopsWithOutput) return 0;
    // Whatever a command throws once it is told to stop, it is because of that.
    const cause = interrupted === null ? error : stop.signal.reason;
    if (cause !== error) log.debug(describeError(error).detail);
    return sayError(cause, config, world, hasSpoken);
  } finally {
    progress.stop();
    world.signals.off('SIGINT', listeners.SIGINT);
    world.signals.off('SIGTERM', listeners.SIGTERM);
  }
}

/** Says on stderr what went wrong (and, under --json, on stdout too, unless something stands there already). */
function sayError(
  error: unknown,
  {
    json,
    verbose,
    logFormat = 'text',
  }: Pick<Config, 'json' | 'verbose'> & Partial<Pick<Config, 'logFormat'>>,
  { stdout, stderr }: Pick<World, 'stdout' | 'stderr'>,
  hasSpoken = false,
): number {
  const about = `parcelmetrics ${packageVersion()}, node ${process.version}, ${process.platform}-${process.arch}`;
  const { line, message, hint, code, exitCode, detail } = describeError(error, about);
  const object = { code, message, ...(hint ? { hint } : {}), exitCode };
  if (logFormat === 'json') {
    stderr.write(
      `${JSON.stringify({ level: 'error', time: new Date().toISOString(), ...object, msg: message })}\n`,
    );
  } else {
    stderr.write(`error: ${line}\n`);
    if (verbose) stderr.write(`${detail}\n`);
  }
  if (json && !hasSpoken) stdout.write(`${JSON.stringify({ error: object })}\n`);
  return exitCode;
}

function explainUsage(error: CommanderError, argv: readonly string[], world: World): number {
  if (error.exitCode === 0) return 0;
  // Without a command, commander has already shown the help.
  if (error.code === 'commander.help') return 2;
  const names = world.commands.map(({ name }) => name);
  const command = argv.find((word) => names.includes(word));
  const usage = usageError(error.message.replace(/^error: /, ''), {
    hint: `See: parcelmetrics ${command === undefined ? '' : `${command} `}--help`,
  });
  return sayError(usage, { json: argv.includes('--json'), verbose: false }, world);
}

function createProgram(world: World, onCall: (call: Call) => void): Command {
  const program = new Command('parcelmetrics')
    .description(
      'Shipping performance from your own tracking events: what carriers promise, and what they do.',
    )
    .version(packageVersion(), '--version', 'the version of parcelmetrics')
    .helpOption('-h, --help', 'this help, or that of a command')
    .addHelpCommand(
      new Command('help').argument('[command]').summary('the help of a command').helpGroup('First steps:'),
    )
    .exitOverride()
    .configureHelp({ showGlobalOptions: true, formatHelp })
    .configureOutput({
      writeOut: (text) => void world.stdout.write(text),
      writeErr: (text) => void world.stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => Math.min(world.stdout.columns || 100, 120),
      getErrHelpWidth: () => Math.min(world.stderr.columns || 100, 120),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .optionsGroup(everywhereHeading)
    .addHelpText(
      'after',
      '\nExit codes: 0 done; 1 a fault of ours; 2 usage, configuration or input; 3 done, with something left out;\n' +
        '4 the API refused or is out of reach; 5 a data check failed; 6 another run holds the warehouse; 130, 143 interrupted.',
    );
  const everywhere = SETTING_NAMES.filter((name) => OPTIONS[name].everywhere);
  for (const name of everywhere) program.addOption(createOption(name));
  for (const spec of world.commands) addCommand(program, spec, everywhere, onCall);
  return program;
}

// As commander has it, but on the front page the commands come before the options.
function formatHelp(command: Command, helper: Help): string {
  const text = Help.prototype.formatHelp
    .call(helper, command, helper)
    .replace('Global Options:', everywhereHeading);
  if (command.parent !== null) return text;
  const sections = text.trimEnd().split('\n\n');
  const isOptions = (section: string) => /^\S*Options/.test(section);
  return `${[...sections.filter((one) => !isOptions(one)), ...sections.filter(isOptions)].join('\n\n')}\n`;
}

function addCommand(
  program: Command,
  spec: CommandSpec,
  everywhere: readonly OptionName[],
  onCall: (call: Call) => void,
): void {
  const command = program
    .command(`${spec.name}${spec.arguments ? ` ${spec.arguments}` : ''}`)
    .summary(spec.summary)
    .description(describe(spec))
    .helpGroup(`${spec.group}:`);
  for (const name of spec.optionNames) command.addOption(createOption(name));
  const examples = spec.examples.map(([line, purpose]) => `  ${line}\n      ${purpose}`);
  command.addHelpText('after', `\nExamples:\n${examples.join('\n')}`);
  command.action(() => {
    const flags: ConfigInputs['flags'] = {};
    for (const name of [...everywhere, ...spec.optionNames]) {
      const key = attributeOf(name);
      const isGiven = command.getOptionValueSourceWithGlobals(key) === 'cli';
      if (isGiven) flags[name] = command.optsWithGlobals()[key];
    }
    onCall({ spec, args: command.args, flags });
  });
}

/** Sentences that run on: a terminal breaks them at its own width. */
function describe({ summary, details }: CommandSpec): string {
  const first = `${summary[0]?.toUpperCase()}${summary.slice(1)}.`;
  return details ? `${first}\n${details.replaceAll('\n', ' ')}` : first;
}

function createOption(name: OptionName): Option {
  const { option, short, argument, negated, repeatable, help } = OPTIONS[name];
  const long = `--${negated ? 'no-' : ''}${option}${argument ? ` <${argument}>` : ''}`;
  const initial = negated ? null : defaultText(name);
  const variable = `${environmentName(OPTIONS[name])}${negated ? '=false' : ''}`;
  const origin = initial === null ? variable : `${variable}; default ${initial}`;
  const made = new Option(short ? `-${short}, ${long}` : long, `${help} [${origin}]`);
  return repeatable
    ? made.argParser((value: string, earlier: string[] | undefined) => [...(earlier ?? []), value])
    : made;
}

// Commander names an option by its long flag, in camel case and without `no-`.
function attributeOf(name: OptionName): string {
  return OPTIONS[name].option.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function isEntry(): boolean {
  const script = process.argv[1];
  // npm links the bin: compare what the link leads to.
  return script !== undefined && realpathSync(script) === fileURLToPath(import.meta.url);
}

if (isEntry()) {
  // Whatever is written, pages and exports too, is for this user only; to show it to others is a decision of theirs.
  process.umask(0o077);
  const say = { json: false, verbose: process.argv.includes('-v') };
  const streams = { stdout: process.stdout, stderr: process.stderr };
  process.on('uncaughtException', (error) => {
    process.exit(sayError(describeMissingFolder(error), say, streams));
  });
  const world = processWorld();
  world.stderr.on('error', () => {});
  const exitCode = await main(process.argv.slice(2), world);
  // Idle connections of the API client would keep the process for seconds; what was written goes out first.
  process.stdout.write('', (error) => {
    const isLost = error !== null && error !== undefined && !isReaderGone(error);
    process.exit(isLost ? sayError(nameTrouble(error, 'standard output'), say, streams) : exitCode);
  });
}
