import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { main } from '../../pipelines/cli.js';
import { COMMANDS } from '../../pipelines/command-list.js';

export interface Ran {
  exitCode: number;
  out: string;
  err: string;
}

/** A folder of its own in which the program is called as a user would call it, in this process. */
export interface House {
  folder: string;
  /** The real time that the program sees. */
  now: Date;
  environment: Record<string, string>;
  path(...names: string[]): string;
  write(name: string, text: string | Uint8Array): string;
  call(...args: string[]): Promise<Ran>;
  /** Like call; a call that does not end with 0 fails the test with what it said. */
  run(...args: string[]): Promise<string>;
  remove(): void;
}

export function openHouse(now = new Date('2026-06-30T09:41:00Z')): House {
  const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-house-'));
  const house: House = {
    folder,
    now,
    environment: { PARCELMETRICS_MEMORY_LIMIT: '1GB', PARCELMETRICS_THREADS: '2' },
    path: (...names) => join(folder, ...names),
    write(name, text) {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    },
    async call(...args) {
      const stdout = new PassThrough();
      const stderr = new PassThrough();
      const exitCode = await main(args, {
        environment: house.environment,
        cwd: folder,
        machine: { totalMemoryBytes: 8e9, cores: 2, stderrIsTerminal: false },
        stdout,
        stderr,
        now: () => house.now,
        signals: new EventEmitter(),
        exit: () => {},
        commands: COMMANDS,
      });
      return { exitCode, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
    },
    async run(...args) {
      const { exitCode, out, err } = await house.call(...args);
      if (exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${exitCode}: ${err}${out}`);
      return out;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  return house;
}

/** Observations as the lines that `import` takes. */
export function toEnvelopes(observations: readonly { observedAt: Date; response: unknown }[]): string {
  return observations
    .map(({ observedAt, response }) => JSON.stringify({ observed_at: observedAt.toISOString(), response }))
    .map((line) => `${line}\n`)
    .join('');
}
