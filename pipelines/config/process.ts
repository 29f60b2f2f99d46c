import { availableParallelism } from 'node:os';
import type { ConfigInputs } from './config.js';
import { totalMemoryBytes } from './limits.js';

/** The process as the inputs of a configuration: the only place that reads process.env. */
export function describeProcess(): Pick<ConfigInputs, 'environment' | 'cwd' | 'machine'> {
  return {
    environment: process.env,
    cwd: process.cwd(),
    machine: {
      totalMemoryBytes: totalMemoryBytes(),
      cores: availableParallelism(),
      stderrIsTerminal: process.stderr.isTTY === true,
    },
  };
}

const passedOn = [
  'PATH',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'FONTCONFIG_PATH',
  'FONTCONFIG_FILE',
];

/** What a program that we start gets of our environment: where programs, fonts and temporary files are; no key, no address. */
export function describeChildEnvironment(): Record<string, string> {
  return Object.fromEntries(
    passedOn.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
