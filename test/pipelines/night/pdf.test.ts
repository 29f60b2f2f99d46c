import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PrintJob, printPdf } from '../../../pipelines/night/pdf.js';
import { call, makeFolder } from '../extract/harness.js';
import { asOf, parcels, toLines } from './half-a-year.js';

const chromium = '/usr/bin/chromium';
const hasChromium = existsSync(chromium);
if (!hasChromium) process.stderr.write('SKIPPED: no Chromium at /usr/bin/chromium, so no PDF is printed\n');

/** What a program of poppler says of a PDF; null, said aloud, where it is not installed. */
function ask(program: 'pdfinfo' | 'pdftotext', ...args: string[]): string | null {
  try {
    return execFileSync(program, args, { encoding: 'utf8' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    process.stderr.write(`SKIPPED: no ${program}, so the PDF is not read by another program\n`);
    return null;
  }
}

const listProfiles = () => readdirSync(tmpdir()).filter((name) => name.startsWith('parcelmetrics-chromium-'));

describe('report --pdf', { timeout: 240_000 }, () => {
  let cwd = '';
  const data = () => join(cwd, 'data');
  const run = (...args: string[]) => call([...args, '--as-of', asOf], { cwd });

  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'parcelmetrics-pdf-'));
    const archive = join(cwd, 'archive.ndjson');
    writeFileSync(archive, parcels.map(toLines).join(''));
    for (const line of [['import', archive], ['build'], ['publish']]) {
      const { exitCode, err } = await run(...line);
      expect(exitCode, err).toBe(0);
    }
  }, 240_000);
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  it.skipIf(!hasChromium)(
    'prints every page on sheets of its own, and leaves nothing else behind',
    async () => {
      const profiles = listProfiles();
      const { exitCode, out, err } = await run('report', '--pdf', '--json', '--chromium', chromium);
      expect(exitCode, err).toBe(0);
      const { indexPath, pages, sheets } = JSON.parse(out) as {
        indexPath: string;
        pages: number;
        sheets: number;
      };
      expect(indexPath).toBe(join(data(), 'report-pdf', 'report.pdf'));
      expect(readdirSync(join(data(), 'report-pdf'))).toEqual(['report.pdf']);
      expect(sheets).toBeGreaterThan(pages);
      expect(err).toContain('what you send or move of it, it does not reach');
      expect(listProfiles()).toEqual(profiles);
      const info = ask('pdfinfo', indexPath);
      if (info !== null) expect(info).toMatch(new RegExp(`Pages: +${sheets}\\n[\\s\\S]*A4`));
      const text = ask('pdftotext', '-layout', indexPath, '-');
      if (text === null) return;
      const heads = text.split('\f').map((sheet) => sheet.trim().split(/ {3,}|\n/)[0]);
      for (const title of [
        'Shipping performance',
        'Lanes',
        'Hand-over',
        'Exceptions',
        'Open parcels',
        'Targets',
      ])
        expect(heads).toContain(`parcelmetrics · ${title}`);
      expect(heads[0]).toBe('parcelmetrics · Shipping performance');
      expect(text).toContain(`Page 1 of ${sheets}`);
      expect(text).toContain(`Page ${sheets} of ${sheets}`);
      expect(text).toContain('All carriers together');
    },
  );

  it.skipIf(!hasChromium)(
    'has the pages beside it where they are asked for, and none of its numbers where not',
    async () => {
      const folder = join(cwd, 'both');
      const { exitCode, err } = await run(
        ...[
          'report',
          '--pdf',
          '--single-file',
          '--without-parcels',
          '--copy',
          folder,
          '--chromium',
          chromium,
        ],
      );
      expect(exitCode, err).toBe(0);
      expect(readdirSync(folder).sort()).toEqual(['index.html', 'report.pdf']);
      expect(err).toContain('`forget` and retention do not reach it');
      const text = ask('pdftotext', join(folder, 'report.pdf'), '-');
      if (text !== null) expect(parcels.filter(({ number }) => text.includes(number))).toEqual([]);
    },
  );

  it('says what to install, and writes nothing, where the browser is not there', async () => {
    const before = readdirSync(data()).sort();
    const { exitCode, err } = await run(
      'report',
      '--pdf',
      '--out',
      join(cwd, 'none'),
      '--chromium',
      '/no/chromium',
    );
    expect(exitCode).toBe(2);
    expect(err).toContain('there is no program at /no/chromium');
    expect(err).toContain('PARCELMETRICS_CHROMIUM');
    expect(existsSync(join(cwd, 'none'))).toBe(false);
    expect(readdirSync(data()).sort()).toEqual(before);
    // neither a page with numbers that nobody would look for
    const left = readdirSync(cwd, { recursive: true }).map(String);
    expect(left.filter((name) => name.includes('draft') || /^none.*html$/.test(name))).toEqual([]);
  });
});

describe('the browser', () => {
  const unset = new AbortController().signal;
  afterEach(() => vi.unstubAllEnvs());

  /** A program in a browser's place, and a job for it. */
  function stand(script: string): PrintJob & { folder: string } {
    const folder = makeFolder();
    const program = join(folder, 'browser');
    writeFileSync(program, `#!/bin/sh\n${script}\n`);
    chmodSync(program, 0o755);
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>page</title>');
    const [htmlPath, pdfPath] = [join(folder, 'index.html'), join(folder, 'report.pdf')];
    return { folder, htmlPath, pdfPath, pages: 2, chromium: program, signal: unset };
  }

  it('is looked for by name, and where there is none it is said what to install', async () => {
    const job = { ...stand('exit 0'), chromium: null, places: ['no-such-chromium', '/no/such/chrome'] };
    await expect(printPdf(job)).rejects.toMatchObject({
      exitCode: 2,
      message: '--pdf needs a Chromium or Chrome, and none is installed here',
      hint: expect.stringContaining('apt install chromium'),
    });
  });

  it('is believed only where the PDF is whole and has as many sheets as there are pages', async () => {
    const trouble = (job: PrintJob) => expect(printPdf(job)).rejects;
    await trouble(stand('echo one >&2; echo "cannot open display" >&2; exit 3')).toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/made no whole PDF \(exit code 3\): cannot open display$/),
    });
    const write = (text: string) =>
      `for each; do case "$each" in --print-to-pdf=*) printf '${text}' > "\${each#*=}";; esac; done`;
    // the one sheet of an error page, a file that was cut off, one that is whole
    const sheet = '/Type /Page\\n';
    await trouble(stand(write(`%%PDF-1.4\\n/Type /Pages\\n${sheet}%%%%EOF\\n`))).toMatchObject({
      exitCode: 2,
    });
    await trouble(stand(write(`%%PDF-1.4\\n${sheet}${sheet}`))).toMatchObject({ exitCode: 2 });
    expect(await printPdf(stand(write(`%%PDF-1.4\\n${sheet}${sheet}%%%%EOF\\n`)))).toBe(2);
  });

  it('is stopped when it takes too long, and with the run', async () => {
    await expect(printPdf({ ...stand('exec sleep 30'), timeoutMs: 200 })).rejects.toMatchObject({
      message: expect.stringContaining('did not end in time'),
    });
    const abort = new AbortController();
    const printing = printPdf({ ...stand('exec sleep 30'), signal: abort.signal });
    const reason = new Error('interrupted');
    setTimeout(() => abort.abort(reason), 200);
    await expect(printing).rejects.toBe(reason);
  });

  it('learns no key of ours, and nothing of it stays', async () => {
    vi.stubEnv('SENDCLOUD_SECRET_KEY', 'do-not-tell');
    const profiles = listProfiles();
    const job = stand('env > "$(dirname "$0")/seen"; touch "$HOME/left"; exit 1');
    await expect(printPdf(job)).rejects.toThrow();
    const seen = readFileSync(join(job.folder, 'seen'), 'utf8');
    expect(seen).toContain('PATH=');
    expect(seen).not.toMatch(/SENDCLOUD|do-not-tell/);
    expect(listProfiles()).toEqual(profiles);
  });

  it.skipIf(!hasChromium)('gets no network', { timeout: 60_000 }, async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const job = { ...stand(''), chromium, pages: 1 };
    const images = ['127.0.0.1', 'localhost'].map((host) => `<img src="http://${host}:${port}/${host}">`);
    writeFileSync(job.htmlPath, `<!doctype html><title>page</title>${images.join('')}<p>text`);
    expect(await printPdf(job)).toBe(1);
    expect(requests).toBe(0);
    server.close();
  });
});
