import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { configurationError, describeError, usageError } from '../errors.js';
import { type FileEntry, parseConfigFile } from './file.js';
import { type Network, readNetwork } from './network.js';
import {
  type CommandOptions,
  environmentName,
  fileKey,
  type Machine,
  OPTIONS,
  type OptionName,
  SETTING_NAMES,
  type Settings,
  type Surroundings,
} from './options.js';
import { suggest } from './suggest.js';
import { isLoopback, type Secret, WrongValueError } from './values.js';

export { Secret } from './values.js';

export const CONFIG_FILE_NAME = 'parcelmetrics.config.json';

export type Source = 'flag' | 'environment' | '.env' | 'file' | 'default';
type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of a run, validated once; nothing else reads the environment. */
export interface Config extends Settings {
  /** Whether stderr may be coloured. */
  color: boolean;
  sources: Readonly<Record<OptionName, Source>>;
  network: Network;
  /** Where the nights publish, when readers see another snapshot than theirs. */
  nightsPublished?: string;
}

/** What a configuration is made from: all of the outside world that it reads, less the files it names. */
export interface ConfigInputs {
  /** What was given on the command line, as typed. */
  flags: Partial<Record<OptionName, string | boolean | readonly string[]>>;
  environment: Environment;
  cwd: string;
  machine: Machine;
  /** The options of the command that runs, beside the settings. */
  optionNames?: readonly OptionName[];
}

export interface ReadConfig {
  config: Config;
  options: CommandOptions;
  /** One line for each wrong value; the setting has its default then. */
  problems: readonly string[];
  warnings: readonly string[];
}

/**
 * The configuration by precedence: flag, environment, .env, file, default.
 *
 * @throws ParcelmetricsError (exit code 2) that names every wrong value and where it stands.
 */
export function loadConfig(inputs: ConfigInputs): Omit<ReadConfig, 'problems'> {
  const { problems, ...rest } = readConfig(inputs);
  if (problems.length > 0) {
    throw configurationError(problems.join('\n'), {
      hint: 'Nothing was changed. `parcelmetrics doctor` shows each setting and where it comes from.',
    });
  }
  return rest;
}

/** Like loadConfig, but wrong values become `problems` and their settings keep the default; for doctor and init. */
export function readConfig(inputs: ConfigInputs): ReadConfig {
  const { flags, environment, cwd, machine, optionNames = [] } = inputs;
  const problems: string[] = [];
  const dotEnv = readDotEnv(cwd, problems);
  const layers: readonly Layer[] = [
    { source: 'environment', values: environment, suffix: '' },
    { source: '.env', values: dotEnv, suffix: ' in .env' },
  ];
  const isCi = isSet(environment.CI);
  const surroundings: Surroundings = {
    ...machine,
    data: join(cwd, 'data'),
    derived: join(cwd, 'data'),
    isCi,
  };
  const values: Record<string, unknown> = {};
  const sources: Record<string, Source> = {};
  let file: ConfigFile = { path: null, entries: new Map() };

  for (const name of Object.keys(OPTIONS) as OptionName[]) {
    values[name] = OPTIONS[name].initial(surroundings);
    sources[name] = 'default';
    const applies = optionNames.includes(name) || SETTING_NAMES.some((setting) => setting === name);
    const given = applies
      ? (findFlag(name, flags, cwd) ?? findInLayers(name, layers, cwd, problems) ?? findInFile(name, file))
      : null;
    if (given !== null) {
      const value = parseGiven(name, given, problems);
      if (value !== undefined) {
        values[name] = value;
        sources[name] = given.source;
      }
    }
    if (name === 'data') {
      surroundings.data = values.data as string;
      surroundings.derived = surroundings.data;
    }
    // Another warehouse must not overwrite what was derived from the usual one.
    if (name === 'warehouse' && sources.data === 'default')
      surroundings.derived = dirname(values.warehouse as string);
    if (name === 'configFile') {
      file = readConfigFile(values.configFile as string | null, cwd, problems);
      values.configFile = file.path;
    }
  }
  // DuckDB takes what follows a question mark for parameters of an address.
  for (const name of ['warehouse', 'marts', 'published'] as const) {
    const path = String(values[name]);
    if (path.includes('?'))
      problems.push(`${path}: the database cannot open a path with a question mark; name another folder`);
  }
  const network = readNetwork(layers, problems);
  problems.push(...findUnknownKeys(file.entries, file.path));
  if (values.quiet === true && values.verbose === true)
    problems.push('--quiet and --verbose exclude each other');

  const isPlain = isSet(environment.NO_COLOR) || environment.TERM === 'dumb';
  const all = values as unknown as Settings & CommandOptions;
  return {
    config: {
      ...all,
      color: machine.stderrIsTerminal && !isPlain,
      sources: sources as Config['sources'],
      network,
    },
    options: all,
    problems,
    warnings: layers.flatMap(({ values: variables, suffix }) => findUnknownVariables(variables, suffix)),
  };
}

/**
 * What a command needs before it talks to the API.
 *
 * @throws ParcelmetricsError (exit code 2) without both keys, or with a frozen clock against anything but loopback.
 */
export function requireApi(config: Config): { publicKey: Secret; secretKey: Secret } {
  const { publicKey, secretKey, asOf, baseUrl } = config;
  if (asOf !== null && !isLoopback(baseUrl)) {
    throw usageError(`--as-of cannot be used against the live API (${baseUrl}): its answers are of now`, {
      hint: 'Nothing was sent. Leave --as-of out, or point SENDCLOUD_BASE_URL at a sandbox on loopback.',
    });
  }
  if (publicKey === null || secretKey === null) {
    const missing = [publicKey ?? 'SENDCLOUD_PUBLIC_KEY', secretKey ?? 'SENDCLOUD_SECRET_KEY'];
    const names = missing.filter((part) => typeof part === 'string').join(' and ');
    throw configurationError(`no credentials: ${names} not set`, {
      hint: 'Nothing was sent. Set them in the environment or in .env; each may also be named by its _FILE variant.',
    });
  }
  return { publicKey, secretKey };
}

interface Layer {
  source: 'environment' | '.env';
  values: Environment;
  suffix: string;
}

interface Given {
  raws: readonly string[];
  source: Source;
  /** Where it stands, as messages name it. */
  origin: string;
  baseFolder: string;
}

interface ConfigFile {
  path: string | null;
  entries: ReadonlyMap<string, FileEntry>;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '' && value !== 'false';
}

function findFlag(name: OptionName, flags: ConfigInputs['flags'], cwd: string): Given | null {
  const typed = flags[name];
  if (typed === undefined) return null;
  const raws = Array.isArray(typed) ? typed.map(String) : [String(typed)];
  return { raws, source: 'flag', origin: `--${OPTIONS[name].option}`, baseFolder: cwd };
}

// An empty variable counts as not set: compose files and CI write `NAME=` for what they lack.
function findInLayers(
  name: OptionName,
  layers: readonly Layer[],
  cwd: string,
  problems: string[],
): Given | null {
  const variable = environmentName(OPTIONS[name]);
  for (const { source, values, suffix } of layers) {
    const direct = values[variable] || undefined;
    const path = OPTIONS[name].secret ? values[`${variable}_FILE`] || undefined : undefined;
    if (direct !== undefined && path !== undefined) {
      problems.push(`${variable} and ${variable}_FILE are both set${suffix}: keep one`);
    } else if (direct !== undefined) {
      return { raws: [direct], source, origin: `${variable}${suffix}`, baseFolder: cwd };
    } else if (path !== undefined) {
      const origin = `${variable}_FILE${suffix}`;
      const text = readOr(resolve(cwd, path), `${origin}: cannot read ${path}`, problems);
      return text === null ? null : { raws: [text.trim()], source, origin, baseFolder: cwd };
    }
  }
  return null;
}

function findInFile(name: OptionName, { path, entries }: ConfigFile): Given | null {
  const key = fileKey(OPTIONS[name]);
  const entry = key === null ? undefined : entries.get(key);
  if (path === null || entry === undefined || entry.raw === null) return null;
  const origin = `"${key}" in ${path}, line ${entry.line}`;
  return { raws: [entry.raw], source: 'file', origin, baseFolder: dirname(path) };
}

function parseGiven(name: OptionName, { raws, origin, baseFolder }: Given, problems: string[]): unknown {
  const { parse, secret } = OPTIONS[name];
  let value: unknown;
  for (const raw of raws) {
    try {
      value = parse(raw, baseFolder, value);
    } catch (error) {
      if (!(error instanceof WrongValueError)) throw error;
      problems.push(`${origin}: ${secret ? 'its value' : JSON.stringify(raw)} is not ${error.message}`);
      return undefined;
    }
  }
  return value;
}

function readDotEnv(cwd: string, problems: string[]): Environment {
  const path = join(cwd, '.env');
  if (!existsSync(path)) return {};
  const text = readOr(path, `cannot read ${path}`, problems);
  return text === null ? {} : (parseEnv(text) as Environment);
}

function readConfigFile(asked: string | null, cwd: string, problems: string[]): ConfigFile {
  const path = asked ?? join(cwd, CONFIG_FILE_NAME);
  const nothing: ConfigFile = { path: asked, entries: new Map() };
  if (asked === null && !existsSync(path)) return nothing;
  const text = readOr(path, `the configuration file ${path} cannot be read`, problems);
  if (text === null) return nothing;
  try {
    return { path, entries: parseConfigFile(text, path) };
  } catch (error) {
    problems.push(describeError(error).line);
    return { path, entries: new Map() };
  }
}

/** Editors and shells of Windows put a mark of the encoding first, which belongs to no name. */
function decode(bytes: Buffer): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder().decode(bytes);
}

function readOr(path: string, complaint: string, problems: string[]): string | null {
  try {
    return decode(readFileSync(path));
  } catch (error) {
    problems.push(`${complaint} (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`);
    return null;
  }
}

/** One line for each key of the configuration file that is no setting, or must not stand there. */
export function findUnknownKeys(entries: ReadonlyMap<string, FileEntry>, path: string | null): string[] {
  const names = Object.keys(OPTIONS) as OptionName[];
  const known = names.map((name) => fileKey(OPTIONS[name])).filter((key) => key !== null);
  return [...entries]
    .filter(([key]) => !known.includes(key))
    .map(([key, { line }]) => {
      const where = `"${key}" in ${path}, line ${line}`;
      const spec = names.map((name) => OPTIONS[name]).find((one) => fileKey({ ...one, file: true }) === key);
      if (spec === undefined) return `${where}: there is no such setting${suggest(key, known)}`;
      const variable = environmentName(spec);
      const others = spec.secret ? `${variable} or ${variable}_FILE` : `--${spec.option} or ${variable}`;
      return `${where}: not read from a file${spec.secret ? ', as it is a secret' : ''}; use ${others}`;
    });
}

/** One line for each variable with our prefix that is no setting: a warning, since other versions may know it. */
export function findUnknownVariables(
  variables: Readonly<Record<string, string | undefined>>,
  suffix: string,
): string[] {
  const known = Object.values(OPTIONS).flatMap((spec) => {
    const variable = environmentName(spec);
    return spec.secret ? [variable, `${variable}_FILE`] : [variable];
  });
  return Object.keys(variables)
    .filter((name) => name.startsWith('PARCELMETRICS_') && !known.includes(name))
    .map((name) => `${name}${suffix} is not a setting: it is left out${suggest(name, known)}`);
}
