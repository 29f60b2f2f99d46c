import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { ReportOptions } from '../../reports/report.js';
import { readingMemoryLimit, totalMemoryBytes } from '../config/limits.js';
import { type Context, say } from '../context.js';
import { usageError } from '../errors.js';
import { makeFolders } from '../store/folders.js';
import { findSound } from '../store/publish.js';
import {
  adoptDraft,
  currentVersion,
  draftVersion,
  linkUnchanged,
  pruneVersions,
  reportVersions,
  syncToDisk,
  versionsOf,
} from '../store/versions.js';
import { findAgainst, keepAgreed, simplifyCode } from './agreed.js';

interface Reported {
  /** The overview, or the PDF. */
  indexPath: string;
  pages: number;
  /** Of paper; of a PDF alone. */
  sheets?: number;
  summary: string;
  /** Where the figures of a carrier's sheet are kept. */
  agreedPath?: string;
}

const pdfFile = 'report.pdf';

/**
 * How much of a function runs before V8 makes faster code of it, in bytes of its own code: nine times its default. Pages take a few seconds of much
 * code that runs a few times; by default a third of the CPU goes into code that is hardly used before the process ends.
 */
const interruptBudget = 1_200_000;

/** A copy for a carrier, for e-mail or for paper never takes the place of the report, nor of another copy, unless --out says so. */
function placeOf({ config, options: { forCarrier, singleFile, pdf } }: Context): string {
  if (config.sources.out === 'flag') return config.out;
  const whose = forCarrier === null ? '' : `-for-${simplifyCode(forCarrier)}`;
  const form = pdf ? '-pdf' : singleFile ? '-single-file' : '';
  return `${config.out}${whose}${form}`;
}

/** Makes a folder beside its place and renames it when it is whole; what is there already is never written over. */
async function writeCopy<T>(place: string, write: (folder: string) => Promise<T>): Promise<T> {
  if (existsSync(place)) {
    throw usageError(`${place} is there already`, {
      hint: 'Nothing was written. Name a new folder for the copy.',
    });
  }
  makeFolders(dirname(place));
  const draft = `${place}.${process.pid}.draft`;
  try {
    makeFolders(draft);
    const written = await write(draft);
    for (const name of readdirSync(draft)) syncToDisk(join(draft, name));
    renameSync(draft, place);
    return written;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Writes the pages into a folder, and prints them where a PDF is asked for: then they go, unless they are asked for too. */
async function writeForm(context: Context, whatToWrite: ReportOptions): Promise<Omit<Reported, 'indexPath'>> {
  const { options, log, signal } = context;
  const { pdf, singleFile, chromium } = options;
  setFlagsFromString(`--interrupt-budget=${interruptBudget}`);
  const { writeReport } = await import('../../reports/report.js');
  const { pages, summary, notes, agreed } = await writeReport(whatToWrite);
  for (const note of notes) log.warn(note);
  const kept = agreed === null ? {} : { agreedPath: keepAgreed(context, agreed) };
  if (!pdf) return { pages: pages.length, summary, ...kept };
  const { printPdf } = await import('./pdf.js');
  const htmlPath = join(whatToWrite.outDir, 'index.html');
  const pdfPath = join(whatToWrite.outDir, pdfFile);
  const sheets = await printPdf({ htmlPath, pdfPath, pages: pages.length, chromium, signal });
  if (!singleFile) rmSync(htmlPath);
  return { pages: pages.length, sheets, summary, ...kept };
}

export async function reportStep(
  context: Context,
  version: string,
  status: readonly string[],
  isStale: boolean | null,
): Promise<Reported> {
  const { config, progress, log } = context;
  const { folder, earlier } = await findSound(config.published, (message) => log.warn(message));
  const whatToWrite = {
    snapshotPath: join(folder, 'shipping.duckdb'),
    previousSnapshotPath: earlier === null ? null : join(earlier, 'shipping.duckdb'),
    locale: config.locale,
    runInfo: { status, isStale },
    forCarrier: context.options.forCarrier ?? undefined,
    singleFile: context.options.singleFile || context.options.pdf,
    withoutParcels: config.withoutParcels,
    against: await findAgainst(context),
    memoryLimit:
      config.sources.memoryLimit === 'default' ? readingMemoryLimit(totalMemoryBytes()) : config.memoryLimit,
  };
  progress.start('report', null);
  const { copyDir, pdf } = context.options;
  const write = (outDir: string) => writeForm(context, { ...whatToWrite, outDir });
  const first = pdf ? pdfFile : 'index.html';
  if (copyDir !== null) {
    const copied = await writeCopy(copyDir, write);
    progress.stop();
    return { indexPath: join(copyDir, first), ...copied };
  }
  const out = placeOf(context);
  const versions = reportVersions(out);
  const draft = draftVersion(versions, version);
  const written = await write(draft).catch((cause: unknown) => {
    rmSync(draft, { recursive: true, force: true });
    throw cause;
  });
  linkUnchanged(versions, draft);
  adoptDraft(versions, version);
  pruneVersions(versions, { count: config.keepReports });
  progress.stop();
  return { indexPath: join(out, first), ...written };
}

/** `report`: reads the published snapshot only, and takes no lock. */
export async function runReport(context: Context): Promise<number> {
  const { clock } = context;
  const { published } = context.config;
  // A night that was chosen by name is no link.
  const current = currentVersion(versionsOf(published, 'snapshots')) ?? context.options.snapshot;
  const version = current ?? clock().toISOString().replace(/\W/g, '');
  const reported = await reportStep(context, version, [], null);
  const { copyDir, singleFile, pdf, forCarrier } = context.options;
  if (copyDir !== null) context.log.info('this copy is yours: `forget` and retention do not reach it');
  else if (forCarrier !== null)
    context.log.info('what you hand to the carrier is out of reach: `forget` and retention do not follow it');
  else if (singleFile || pdf)
    context.log.info('`forget` removes this file here; what you send or move of it, it does not reach');
  const kept = reported.agreedPath === undefined ? '' : `\nfigures kept in ${reported.agreedPath}`;
  say(context, `${reported.summary}${kept}\n${reported.indexPath}`, reported);
  return 0;
}
