import { availableParallelism } from 'node:os';
import type { ConfigInputs } from './config.js';
import { totalMemoryBytes } from './memory.js';

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
