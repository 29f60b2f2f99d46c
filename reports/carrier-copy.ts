import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listTables, type OpenSnapshotOptions } from '../queries/db.js';
import { type Narrowed, narrowSnapshot } from './narrow.js';
import { renderCarrierPage } from './pages/carrier.js';
import { renderFirstScan } from './pages/first-scan.js';
import { renderMethodology } from './pages/methodology.js';
import { renderProtocol, type SheetFacts } from './pages/protocol.js';
import { type AgreedSheet, makeAgreed, parseAgreed, refuseAgreed } from './parts/agreed.js';
import { countAsked, makeAskedSheet, orderAsked } from './parts/asked-parcels.js';
import { nameOf, type PageContext } from './parts/context.js';
import { type InlineAssets, type PageParts, renderPage } from './parts/layout.js';
import { sayTargets } from './parts/targets.js';
import { writeWorkbook } from './parts/workbook.js';
import { ReportError, readFrom } from './report-errors.js';
import { renderSingleFile } from './single-file.js';
import type { Snapshot } from './snapshot.js';
import { formatCount } from './words.js';

/** An earlier sheet: the file that `report --for` wrote, or another snapshot, narrowed as this one is. */
export type Against = { file: string } | { snapshotPath: string; name: string };

/** An earlier sheet that may stand beside this one. @throws RangeError that says why it may not. */
function standBeside(earlier: AgreedSheet, now: AgreedSheet): AgreedSheet {
  const refusal = refuseAgreed(earlier, now);
  if (refusal !== null) throw new RangeError(refusal);
  return earlier;
}

/** The same from the text of a file. @throws RangeError */
function readAgreed(text: string, now: AgreedSheet): AgreedSheet {
  return standBeside(parseAgreed(text), now);
}

/** The facts of a carrier's sheet, from what it may see. */
function gatherFacts(
  context: PageContext,
  { others, parcels, shared }: Narrowed,
  now: AgreedSheet,
  earlier: AgreedSheet | null,
): SheetFacts {
  const code = context.forCarrier ?? '';
  const asked = orderAsked(parcels);
  const hasBook = !context.withoutParcels && asked.length > 0;
  return {
    others,
    parcels: asked,
    shared,
    now,
    earlier,
    workbook: hasBook ? `parcels-${context.slugs.get(code)}.xlsx` : null,
  };
}

/** The pages of a copy, the sheet first: every one of them knows this carrier alone. */
async function renderCopy(context: PageContext, facts: SheetFacts): Promise<PageParts[]> {
  const code = context.forCarrier ?? '';
  const name = nameOf(context, code);
  const sheet = {
    file: 'index.html',
    title: `${name}: performance sheet`,
    body: renderProtocol(context, facts),
  };
  const methodology = { file: 'methodology.html', title: 'Methodology', body: renderMethodology(context) };
  return [
    sheet,
    {
      file: `carrier-${context.slugs.get(code)}.html`,
      title: name,
      body: await renderCarrierPage(context, code),
      code: name === code ? '' : code,
    },
    { file: 'first-scan.html', title: 'Hand-over', body: await renderFirstScan(context) },
    methodology,
  ];
}

/** The parcels to answer for, as a workbook in the folder of the copy. */
async function writeAsked(context: PageContext, facts: SheetFacts, folder: string): Promise<void> {
  if (facts.workbook === null) return;
  await writeWorkbook(join(folder, facts.workbook), [makeAskedSheet(context, facts.parcels)]);
}

/** One sentence for the terminal. */
function summariseCopy(context: PageContext, { parcels }: SheetFacts): string {
  const name = nameOf(context, context.forCarrier);
  const { targets } = context.snapshot;
  const agreed = targets.length === 0 ? 'no figure is agreed' : sayTargets(context, targets);
  const { late, exception, stalled, lost } = countAsked(parcels);
  const count = (number: number) => formatCount(number, context.locale);
  const asked =
    parcels.length === 0
      ? 'no parcel to answer for'
      : `${count(parcels.length)} to answer for (${count(stalled)} silent, ${count(lost)} lost, ${count(late)} late, ${count(exception)} with an exception)`;
  return `${name}: ${agreed}; ${asked}.`;
}

/** The code of the carrier that is meant: by its code, else by its code or name in any case. */
async function findCarrier(
  { snapshotPath: path, ...limits }: { snapshotPath: string; memoryLimit?: string },
  wanted: string,
): Promise<string> {
  const carriers = await readFrom(
    path,
    async (db) => {
      if (!(await listTables(db)).has('carriers')) return [];
      return db
        .selectFrom('carriers')
        .select(['carrier_code', 'carrier_name'])
        .orderBy('colour_rank')
        .orderBy('carrier_code')
        .execute();
    },
    limits,
  );
  const exact = carriers.find((carrier) => carrier.carrier_code === wanted);
  const lower = wanted.toLowerCase();
  const alike = carriers.filter((carrier) =>
    [carrier.carrier_code, carrier.carrier_name].some((name) => name.toLowerCase() === lower),
  );
  const found = exact ?? (alike.length === 1 ? alike[0] : undefined);
  if (found) return found.carrier_code;
  const known = carriers.slice(0, 20).map((carrier) => carrier.carrier_code);
  throw new ReportError(
    'UNKNOWN_CARRIER',
    `No carrier "${wanted}" in the snapshot; it has ${known.join(', ') || 'none'}`,
  );
}

interface CopyOptions {
  snapshotPath: string;
  outDir: string;
  /** The carrier's code or name. */
  wanted: string;
  against?: Against | null;
  memoryLimit?: string;
}

interface WrittenCopy {
  indexPath: string;
  pages: string[];
  summary: string;
  notes: string[];
  agreed: AgreedSheet;
}

type MakeContext = (snapshot: Snapshot, code: string) => PageContext;

/** What that carrier may see. @throws ReportError for a snapshot that cannot be read. */
async function narrow(path: string, code: string, limits: OpenSnapshotOptions): Promise<Narrowed> {
  try {
    return await narrowSnapshot(path, code, limits);
  } catch (cause) {
    throw new ReportError('UNREADABLE_SNAPSHOT', `The snapshot ${path} cannot be read`, cause);
  }
}

/** The earlier sheet. @throws ReportError that names it and says why it cannot stand beside this one. */
async function readEarlier(
  against: Against,
  now: AgreedSheet,
  makeContext: MakeContext,
  limits: OpenSnapshotOptions,
): Promise<AgreedSheet> {
  const code = now.carrier_code;
  if ('snapshotPath' in against) {
    const { snapshot, others } = await narrow(against.snapshotPath, code, limits);
    return refuseBeside(`snapshot ${against.name}`, () =>
      standBeside(makeAgreed(makeContext(snapshot, code), code, others), now),
    );
  }
  return refuseBeside(against.file, () => readAgreed(readFileSync(against.file, 'utf8'), now));
}

function refuseBeside(name: string, read: () => AgreedSheet): AgreedSheet {
  try {
    return read();
  } catch (cause) {
    const why = cause instanceof RangeError ? cause.message : 'it cannot be read';
    throw new ReportError('OTHER_SHEET', `${name} cannot stand beside this sheet: ${why}`, cause);
  }
}

/**
 * Writes the copy for one carrier: made of what that carrier may see, which is read here and handed to all that it is made of.
 * @throws ReportError for a carrier that is not in the snapshot, or an earlier sheet that cannot stand beside this one.
 */
export async function writeCopy(
  options: CopyOptions,
  makeContext: MakeContext,
  assets: InlineAssets,
): Promise<WrittenCopy> {
  const { snapshotPath, outDir, wanted, against } = options;
  const code = await findCarrier(options, wanted);
  const narrowed = await narrow(snapshotPath, code, options);
  const context = makeContext(narrowed.snapshot, code);
  const agreed = makeAgreed(context, code, narrowed.others);
  const earlier = against ? await readEarlier(against, agreed, makeContext, options) : null;
  const facts = gatherFacts(context, narrowed, agreed, earlier);
  const pages = await renderCopy(context, facts);
  const files = new Map<string, string>();
  if (context.isSingle) {
    files.set('index.html', renderSingleFile(context, pages, assets));
  } else {
    for (const page of pages) files.set(page.file, renderPage(context, page));
    files.set('report.css', assets.css);
    files.set('report.js', assets.script);
  }
  mkdirSync(outDir, { recursive: true });
  for (const [file, text] of files) writeFileSync(join(outDir, file), text);
  await writeAsked(context, facts, outDir);
  return {
    indexPath: join(outDir, 'index.html'),
    pages: pages.map(({ file }) => file),
    summary: summariseCopy(context, facts),
    notes: [],
    agreed,
  };
}
