import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeChildEnvironment } from '../config/process.js';
import { configurationError, type ParcelmetricsError } from '../errors.js';

/** Where a Chromium may be: names on the PATH, then where systems without one put it. */
const usualPlaces: readonly string[] = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

const printingTakesMs = 180_000;
const saidAtMost = 300;

/** What is printed, and where to. Paths are absolute. */
export interface PrintJob {
  htmlPath: string;
  pdfPath: string;
  /** Pages of the document: a file with fewer sheets than that is none of it. */
  pages: number;
  /** The browser to use; null: the first that is found. */
  chromium: string | null;
  signal: AbortSignal;
  timeoutMs?: number;
  /** Where to look where none is named. */
  places?: readonly string[];
}

/** No network, no profile of the user's, nothing that outlives the run. Only root, for whom Chromium's sandbox does not start, is without it. */
function listArguments({ htmlPath, pdfPath }: PrintJob, profile: string): string[] {
  return [
    '--headless=new',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    `--user-data-dir=${profile}`,
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-extensions',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-default-apps',
    '--disable-sync',
    '--disable-breakpad',
    '--no-first-run',
    '--no-default-browser-check',
    '--host-resolver-rules=MAP * ~NOTFOUND',
    '--no-pdf-header-footer',
    '--generate-pdf-document-outline',
    `--print-to-pdf=${pdfPath}`,
    pathToFileURL(htmlPath).href,
  ];
}

type Outcome = { kind: 'ended'; code: number | null; said: string } | { kind: 'absent' } | { kind: 'late' };

/** Runs the browser to its end; it is killed when it takes too long or the run is interrupted. */
function runBrowser(command: string, job: PrintJob, profile: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, listArguments(job, profile), {
      // the browser learns nothing of ours: keys stay here
      env: { ...describeChildEnvironment(), HOME: profile },
      stdio: ['ignore', 'ignore', 'pipe'],
      windowsHide: true,
    });
    let said = '';
    let isLate = false;
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString('utf8')}`.slice(-8_000);
    });
    const stop = () => child.kill('SIGKILL');
    const timer = setTimeout(() => {
      isLate = true;
      stop();
    }, job.timeoutMs ?? printingTakesMs);
    job.signal.addEventListener('abort', stop, { once: true });
    const end = () => {
      clearTimeout(timer);
      job.signal.removeEventListener('abort', stop);
    };
    child.once('error', (cause: NodeJS.ErrnoException) => {
      end();
      if (cause.code === 'ENOENT' || cause.code === 'EACCES') resolve({ kind: 'absent' });
      else reject(cause);
    });
    child.once('close', (code) => {
      end();
      if (job.signal.aborted) reject(job.signal.reason);
      else resolve(isLate ? { kind: 'late' } : { kind: 'ended', code, said });
    });
  });
}

/** The sheets of a PDF as Chromium writes it; 0 for what is none or was cut off. */
function countSheets(path: string): number {
  if (!existsSync(path)) return 0;
  const text = readFileSync(path, 'latin1');
  if (!text.startsWith('%PDF-') || !text.trimEnd().endsWith('%%EOF')) return 0;
  return text.match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;
}

const nothingWritten = 'Nothing was written.';

function sayAbsent(chromium: string | null): ParcelmetricsError {
  if (chromium !== null) {
    return configurationError(`--pdf: there is no program at ${chromium}`, {
      hint: `${nothingWritten} --chromium (or PARCELMETRICS_CHROMIUM) names a Chromium or Chrome.`,
    });
  }
  return configurationError('--pdf needs a Chromium or Chrome, and none is installed here', {
    hint:
      `${nothingWritten} Install one (Debian, Ubuntu: apt install chromium; Fedora: dnf install chromium; macOS: brew install --cask chromium), ` +
      'name one by --chromium or PARCELMETRICS_CHROMIUM, or print the file of --single-file from any browser.',
  });
}

function sayFailed(command: string, outcome: Exclude<Outcome, { kind: 'absent' }>): ParcelmetricsError {
  const hint = `${nothingWritten} A Chromium that came as a snap sees only your home folder: name another by --chromium, or print the file of --single-file from any browser.`;
  if (outcome.kind === 'late')
    return configurationError(`--pdf: ${command} did not end in time, and was stopped`, { hint });
  const lines = outcome.said.split('\n').map((line) => line.trim());
  const last = lines.filter((line) => line !== '').at(-1) ?? 'it said nothing';
  return configurationError(
    `--pdf: ${command} made no whole PDF (exit code ${outcome.code}): ${last.slice(0, saidAtMost)}`,
    { hint },
  );
}

/**
 * Prints a page of the disk with an installed Chromium, in a profile that goes again. Returns the sheets of the PDF.
 * @throws ParcelmetricsError, exit code 2, where there is no browser or it makes no whole PDF; the signal's reason when interrupted.
 */
export async function printPdf(job: PrintJob): Promise<number> {
  const profile = mkdtempSync(join(tmpdir(), 'parcelmetrics-chromium-'));
  try {
    for (const command of job.chromium === null ? (job.places ?? usualPlaces) : [job.chromium]) {
      const outcome = await runBrowser(command, job, profile);
      if (outcome.kind === 'absent') continue;
      const sheets = outcome.kind === 'ended' && outcome.code === 0 ? countSheets(job.pdfPath) : 0;
      if (sheets < job.pages) throw sayFailed(command, outcome);
      return sheets;
    }
    throw sayAbsent(job.chromium);
  } finally {
    // what it started may still be on its way out
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
