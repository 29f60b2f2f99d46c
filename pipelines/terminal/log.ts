import { createRequire } from 'node:module';
import type { LogFn, Logger } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Where text goes: process.stderr, or what a test hands in. */
export interface TextSink {
  write: (text: string) => unknown;
}

export interface LogOptions {
  format: 'text' | 'json';
  quiet: boolean;
  verbose: boolean;
  color: boolean;
  /** On a terminal a progress bar may stand where the next line goes. */
  isTerminal: boolean;
  sink: TextSink;
  /** The real time, also while the run's clock is frozen. */
  now?: () => Date;
}

const clearLine = '\r\u001b[2K';

/**
 * The log of a run: short text lines in local time, or one JSON object a line in UTC. What writes them is loaded with the first
 * line: a command that answers and says nothing else is not kept waiting for it.
 */
export function createLog(options: LogOptions): Log {
  const { quiet, verbose } = options;
  let writer: Log | null = null;
  const says = (level: keyof Log, isAskedFor: boolean): LogFn => {
    return (...line: [unknown]) => {
      if (!isAskedFor) return;
      writer ??= createWriter(options);
      writer[level](...line);
    };
  };
  return {
    debug: says('debug', verbose && !quiet),
    info: says('info', !quiet),
    warn: says('warn', true),
    error: says('error', true),
  };
}

function createWriter({ format, quiet, verbose, color, isTerminal, sink, now }: LogOptions): Log {
  const require = createRequire(import.meta.url);
  const { pino } = require('pino') as typeof import('pino');
  const time = now ?? (() => new Date());
  const options = {
    level: quiet ? 'warn' : verbose ? 'debug' : 'info',
    base: null,
    timestamp: () => `,"time":"${time().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (format === 'json') return pino(options, { write: (line) => void sink.write(line) });
  const { prettyFactory } = require('pino-pretty') as typeof import('pino-pretty');
  const makeReadable = prettyFactory({
    colorize: color,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
    customPrettifiers: { time: String },
  });
  const before = isTerminal ? clearLine : '';
  return pino(
    { ...options, formatters: {} },
    { write: (line) => void sink.write(before + makeReadable(line)) },
  );
}

/** A tracking number as logs show it: its last four characters, the whole of it only when asked for. */
export function shortNumber(trackingNumber: string, verbose = false): string {
  if (verbose) return trackingNumber;
  // Of a very short number four characters would be all.
  const kept = Math.min(4, Math.floor(trackingNumber.length / 2));
  return `…${trackingNumber.slice(trackingNumber.length - kept)}`;
}
