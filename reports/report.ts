import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePages } from './all-pages.js';
import { type Against, writeCopy } from './carrier-copy.js';
import type { Thresholds } from './drawing/chart.js';
import { css } from './drawing/theme.js';
import { renderHeadToHead } from './head-to-head.js';
import { targetsFile } from './pages/targets.js';
import { readEvidence } from './parcel-evidence.js';
import type { AgreedSheet } from './parts/agreed.js';
import type { PageContext, RunInfo } from './parts/context.js';
import { makeDraw } from './parts/draw.js';
import { summarise } from './parts/findings.js';
import { makeLanesCsv } from './parts/lane-table.js';
import { type InlineAssets, renderPage } from './parts/layout.js';
import { makeEvidenceFiles } from './parts/parcel-files.js';
import { makeOverdueCsv, makeStalledCsv } from './parts/parcel-lists.js';
import { makeSlugs } from './parts/slugs.js';
import { makeTargetSheet } from './parts/target-sheet.js';
import { isSureTarget } from './parts/targets.js';
import { makeWorkbook } from './parts/workbook.js';
import { ReportError, readFrom } from './report-errors.js';
import { renderSingleFile } from './single-file.js';
import { type CarrierRow, isOfSeveral, readSnapshot, readThresholds, type Snapshot } from './snapshot.js';
import { defaultLocale } from './words.js';

export { ReportError } from './report-errors.js';

export interface ReportOptions {
  /** A published snapshot. */
  snapshotPath: string;
  /** A fresh folder; made when missing. The caller swaps it in. */
  outDir: string;
  /** BCP 47, for numbers and names of months. */
  locale?: string;
  runInfo?: RunInfo;
  /** The snapshot of the night before, for "since last night". */
  previousSnapshotPath?: string | null;
  /** A carrier's code or name: the copy for that carrier's eyes. */
  forCarrier?: string | null;
  /** All pages in one file, to e-mail; head to head and files beside the pages are not in it. */
  singleFile?: boolean;
  /** No tracking number on a page, and no file that has any. */
  withoutParcels?: boolean;
  /** With forCarrier: the sheet that stands beside this one. */
  against?: Against | null;
  /** What the database may take to read snapshots, as DuckDB takes it; 1GB. */
  memoryLimit?: string;
}

export interface ReportResult {
  indexPath: string;
  /** File names of the pages, the overview first; in a single file as the folder has them. */
  pages: string[];
  /** One sentence of what the report shows. */
  summary: string;
  /** What whoever sends the report should know. */
  notes: string[];
  /** Of a copy for a carrier: its figures, to be kept beside what was signed. */
  agreed: AgreedSheet | null;
}

/** Megabytes that a page in an e-mail should not pass. */
const mostToSend = 10;
/** Written into one file, in this order. */
const styleSheets = [
  './assets/report.css',
  './assets/figures.css',
  './assets/cases.css',
  './assets/compare.css',
  './assets/protocol.css',
  './assets/media.css',
];

/** Every carrier that a row speaks of; one without a line in `carriers` comes last, under its code. */
function listCarriers(snapshot: Snapshot): CarrierRow[] {
  const known = new Set(snapshot.carriers.map((carrier) => carrier.carrier_code));
  const codes = new Set(snapshot.carrierPerformance.map((row) => row.carrier_code));
  const missing = [...codes].filter((code) => code !== '*' && !known.has(code)).sort();
  const last = Math.max(0, ...snapshot.carriers.map((carrier) => carrier.colour_rank));
  return [
    ...snapshot.carriers,
    ...missing.map((code, index) => ({
      carrier_code: code,
      carrier_name: code === '' ? 'Unknown carrier' : code,
      colour_rank: last + index + 1,
      first_landed_date: '',
      claim_days: null,
      parcels: 0,
    })),
  ];
}

function requireThresholds(path: string, snapshot: Snapshot): Thresholds {
  try {
    return readThresholds(snapshot.thresholds);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ReportError('UNREADABLE_SNAPSHOT', `No report can be made of ${path}: ${why}`, cause);
  }
}

/** A carrier with fewer parcels than are compared is a line in the tables, no page of blanks. */
function hasPage(snapshot: Snapshot, code: string, { rankedFrom }: Thresholds): boolean {
  return snapshot.carrierPerformance.some(
    (row) =>
      row.period === 'current' &&
      row.carrier_code === code &&
      Math.max(row.labelled, row.scanned, row.due) >= rankedFrom,
  );
}

function makeContext(options: ReportOptions, snapshot: Snapshot, previous: Snapshot | null): PageContext {
  const forCarrier = options.forCarrier ?? null;
  const carriers = listCarriers(snapshot);
  const locale = options.locale ?? defaultLocale;
  const thresholds = requireThresholds(options.snapshotPath, snapshot);
  const statusWords = new Map(snapshot.statusCodes.map((row) => [row.status_code, row.words]));
  const chartCarriers = carriers.map((carrier) => ({
    code: carrier.carrier_code,
    name: carrier.carrier_name,
    colourRank: carrier.colour_rank,
  }));
  // of all of them, so that a name does not hang on which carriers have a page
  const slugs = [...makeSlugs(carriers.map((carrier) => carrier.carrier_code))];
  const paged = slugs.filter(([code]) =>
    forCarrier === null ? hasPage(snapshot, code, thresholds) : code === forCarrier,
  );
  return {
    snapshot,
    previous,
    // what a run says may name other carriers
    runInfo: forCarrier === null ? (options.runInfo ?? {}) : { isStale: options.runInfo?.isStale },
    locale,
    carriers,
    chartCarriers,
    thresholds,
    statusWords,
    slugs: new Map(paged),
    forCarrier,
    isSingle: options.singleFile ?? false,
    evidence: new Set(),
    withoutParcels: options.withoutParcels ?? false,
    draw: makeDraw({ carriers: chartCarriers, statusWords, thresholds, locale }),
  };
}

function readText(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

/** The style and the script of all pages. */
function readAssets(): InlineAssets {
  return { css: [css(), ...styleSheets.map(readText)].join('\n'), script: readText('./browser/report.js') };
}

/**
 * Writes the report of a snapshot: the same snapshot and options give the same bytes.
 * @throws ReportError for a snapshot that cannot be read, a carrier that is not in it, or a sheet that cannot stand beside this one;
 * ChartRenderError.
 */
export async function writeReport(options: ReportOptions): Promise<ReportResult> {
  if (options.forCarrier) {
    const make = (snapshot: Snapshot, code: string) =>
      makeContext({ ...options, forCarrier: code }, snapshot, null);
    return writeCopy({ ...options, wanted: options.forCarrier }, make, readAssets());
  }
  const full = await readFrom(options.snapshotPath, readSnapshot, options);
  const previous = options.previousSnapshotPath
    ? await readFrom(options.previousSnapshotPath, (db) => readSnapshot(db, { withEvidence: false }), options)
    : null;
  const made = makeContext(options, full, previous);
  const hasParcels = !made.isSingle && !made.withoutParcels;
  const parcelFiles = hasParcels
    ? makeEvidenceFiles(
        await readFrom(options.snapshotPath, readEvidence, options),
        makeSlugs(made.carriers.map((carrier) => carrier.carrier_code)),
        isOfSeveral(made.snapshot),
      )
    : [];
  const hasHeadToHead = !made.isSingle;
  const hasTargetSheet = hasHeadToHead && made.snapshot.targets.length > 0;
  const evidence = new Set([
    ...(hasHeadToHead ? ['compare.html'] : []),
    ...(hasTargetSheet ? [targetsFile] : []),
    ...parcelFiles.map(({ file }) => file),
  ]);
  const context = { ...made, evidence };
  const assets = readAssets();
  const parts = await makePages(context, parcelFiles);
  const files = new Map<string, string | Buffer>(
    context.isSingle
      ? [['index.html', renderSingleFile(context, parts, assets)]]
      : parts.map((page) => [page.file, renderPage(context, page)]),
  );
  const pages = parts.map(({ file }) => file);
  if (!context.isSingle) {
    files.set('report.css', assets.css);
    files.set('report.js', assets.script);
    files.set('lanes.csv', makeLanesCsv(context.snapshot.lanes, context.thresholds.withheldBelow));
    if (hasParcels) {
      files.set('stalled.csv', makeStalledCsv(context.snapshot.stalled, isOfSeveral(context.snapshot)));
      files.set('overdue.csv', makeOverdueCsv(context.snapshot.overdue, isOfSeveral(context.snapshot)));
      for (const { file, csv } of parcelFiles) files.set(file, csv);
    }
    if (hasTargetSheet) {
      const sheet = makeTargetSheet(context, (row) => isSureTarget(context, row));
      files.set(targetsFile, await makeWorkbook([sheet]));
    }
    const headToHead = await renderHeadToHead(context, options, (file) => files.has(file));
    for (const [file, text] of headToHead) files.set(file, text);
    pages.push('compare.html');
  }
  mkdirSync(options.outDir, { recursive: true });
  for (const [file, text] of files) writeFileSync(join(options.outDir, file), text);
  const megabytes = context.isSingle ? Buffer.byteLength(files.get('index.html') ?? '') / 1e6 : 0;
  return {
    indexPath: join(options.outDir, 'index.html'),
    pages,
    summary: summarise(context),
    notes: [
      ...(megabytes > mostToSend
        ? [
            `The file has ${megabytes.toFixed(1)} MB, which some mail servers refuse: a copy of the folder (--copy) can be packed.`,
          ]
        : []),
    ],
    agreed: null,
  };
}
