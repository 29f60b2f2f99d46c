import { createRequire } from 'node:module';
import type cliProgress from 'cli-progress';
import type { Config } from '../config/config.js';

/** How far a piece of work is; one piece at a time. */
export interface Progress {
  /** `total` is null where nobody knows. */
  start: (what: string, total: number | null) => void;
  advance: (count?: number) => void;
  stop: () => void;
}

export type ProgressMode = 'bar' | 'lines' | 'silent';

/** A bar on a terminal; lines for whoever collects JSON logs; a pipe and CI get nothing unless they ask for it. */
export function chooseProgressMode(
  config: Pick<Config, 'progress' | 'quiet' | 'logFormat'> & { sources: { progress: string } },
): ProgressMode {
  const { progress, quiet, logFormat, sources } = config;
  if (quiet || (!progress && sources.progress !== 'default')) return 'silent';
  if (logFormat === 'json') return 'lines';
  return progress ? 'bar' : 'silent';
}

export interface ProgressOptions {
  mode: ProgressMode;
  log: { info: (message: string) => void };
  stream: NodeJS.WritableStream;
  now?: () => Date;
}

const lineEveryMs = 30_000;

export function createProgress({ mode, log, stream, now = () => new Date() }: ProgressOptions): Progress {
  if (mode === 'bar') return createBar(stream);
  if (mode === 'lines') return createLines(log, now);
  return { start: () => {}, advance: () => {}, stop: () => {} };
}

function createBar(stream: NodeJS.WritableStream): Progress {
  // Only where there is a bar: most calls draw none.
  const bars = createRequire(import.meta.url)('cli-progress') as typeof cliProgress;
  let bar: cliProgress.SingleBar | null = null;
  const stop = () => {
    bar?.stop();
    bar = null;
  };
  return {
    start: (what, total) => {
      stop();
      const format =
        total === null ? `${what} {value}` : `${what} {bar} {value}/{total}, {eta_formatted} to go`;
      const options = { format, stream, barsize: 30, fps: 5, clearOnComplete: true, linewrap: null };
      bar = new bars.SingleBar(options, bars.Presets.shades_classic);
      bar.start(total ?? Number.MAX_SAFE_INTEGER, 0);
    },
    advance: (count = 1) => bar?.increment(count),
    stop,
  };
}

function createLines(log: ProgressOptions['log'], now: () => Date): Progress {
  let current: { what: string; total: number | null; done: number; saidAtMs: number } | null = null;
  return {
    start: (what, total) => {
      current = { what, total, done: 0, saidAtMs: now().getTime() };
    },
    advance: (count = 1) => {
      if (current === null) return;
      current.done += count;
      const nowMs = now().getTime();
      if (nowMs - current.saidAtMs < lineEveryMs) return;
      current.saidAtMs = nowMs;
      log.info(`${current.what}: ${current.done}${current.total === null ? '' : ` of ${current.total}`}`);
    },
    stop: () => {
      current = null;
    },
  };
}
