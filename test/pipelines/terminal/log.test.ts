import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../pipelines/config/config.js';
import { createLog, type LogOptions, shortNumber } from '../../../pipelines/terminal/log.js';
import { chooseProgressMode, createProgress } from '../../../pipelines/terminal/progress.js';

function collect(more: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({
    format: 'text',
    quiet: false,
    verbose: false,
    color: false,
    isTerminal: false,
    sink: { write: (text) => lines.push(text) },
    now: () => new Date(2026, 2, 1, 4, 5, 6),
    ...more,
  });
  return { log, lines };
}

describe('log', () => {
  it('writes short lines with local time, level and values', () => {
    const { log, lines } = collect();
    log.info('extract begins');
    log.warn({ parcels: 3 }, 'parcels were refused');
    expect(lines).toEqual([
      '04:05:06 INFO: extract begins\n',
      '04:05:06 WARN: parcels were refused {"parcels":3}\n',
    ]);
  });

  it('writes one JSON object a line, in UTC, without pid and host', () => {
    const { log, lines } = collect({ format: 'json' });
    log.info({ parcels: 3 }, 'polled');
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: new Date(2026, 2, 1, 4, 5, 6).toISOString(),
      parcels: 3,
      msg: 'polled',
    });
  });

  it.each([
    [{}, ['info', 'warn', 'error']],
    [{ quiet: true }, ['warn', 'error']],
    [{ verbose: true }, ['debug', 'info', 'warn', 'error']],
  ])('says as much as asked for: %j', (more, expected) => {
    const { log, lines } = collect({ ...more, format: 'json' });
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level]('x');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(expected);
  });

  it('clears the line of a progress bar on a terminal, and prints no secret', () => {
    const { log, lines } = collect({ isTerminal: true });
    log.info({ key: new Secret('sk-1') }, 'x');
    expect(lines[0]?.startsWith('\r\u001b[2K04:05:06 ')).toBe(true);
    expect(lines[0]).toContain('[secret]');
    expect(lines[0]).not.toContain('sk-1');
  });

  it('shortens tracking numbers unless asked for the whole', () => {
    expect(shortNumber('3SABCD1234567890')).toBe('…7890');
    expect(shortNumber('3SABCD1234567890', true)).toBe('3SABCD1234567890');
    expect(['12345', '1234', '1', ''].map((number) => shortNumber(number))).toEqual(['…45', '…34', '…', '…']);
  });
});

describe('progress', () => {
  const config = (progress: boolean, source: string, more = {}) =>
    chooseProgressMode({ progress, quiet: false, logFormat: 'text', sources: { progress: source }, ...more });

  it('is a bar on a terminal, lines in JSON logs, and else silent', () => {
    expect(config(true, 'default')).toBe('bar');
    expect(config(false, 'default')).toBe('silent');
    expect(config(false, 'default', { logFormat: 'json' })).toBe('lines');
    expect(config(false, 'flag', { logFormat: 'json' })).toBe('silent');
    expect(config(true, 'default', { quiet: true })).toBe('silent');
    expect(config(true, 'environment')).toBe('bar');
  });

  it('says a line at most every 30 seconds', () => {
    const lines: string[] = [];
    let seconds = 0;
    const log = { info: (message: string) => void lines.push(message) };
    const now = () => new Date(seconds * 1000);
    const progress = createProgress({ mode: 'lines', log, stream: new PassThrough(), now });
    progress.start('extract', 100);
    for (seconds = 1; seconds <= 65; seconds++) progress.advance();
    progress.start('build', null);
    seconds += 31;
    progress.advance(7);
    progress.stop();
    progress.advance();
    expect(lines).toEqual(['extract: 30 of 100', 'extract: 60 of 100', 'build: 7']);
  });

  it('draws a bar to the stream it is given, and none when silent', () => {
    const stream = Object.assign(new PassThrough(), {
      isTTY: true,
      columns: 80,
      cursorTo() {},
      clearLine() {},
      moveCursor() {},
    });
    const log = { info: () => {} };
    const silent = createProgress({ mode: 'silent', log, stream });
    silent.start('extract', 4);
    silent.advance();
    silent.stop();
    expect(stream.read()).toBeNull();
    const bar = createProgress({ mode: 'bar', log, stream });
    bar.start('extract', 4);
    bar.advance(4);
    bar.stop();
    expect(String(stream.read())).toMatch(/extract .* 0\/4.*extract .* 4\/4/s);
  });
});
