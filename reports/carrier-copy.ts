import { join } from 'node:path';
import type { Narrowed } from './narrow.js';
import { renderCarrierPage } from './pages/carrier.js';
import { renderFirstScan } from './pages/first-scan.js';
import { renderMethodology } from './pages/methodology.js';
import { renderProtocol, type SheetFacts } from './pages/protocol.js';
import { type AgreedSheet, makeAgreed, parseAgreed, refuseAgreed } from './parts/agreed.js';
import { countAsked, makeAskedSheet, orderAsked } from './parts/asked-parcels.js';
import { nameOf, type PageContext } from './parts/context.js';
import type { Html } from './parts/html.js';
import { sayTargets } from './parts/targets.js';
import { writeWorkbook } from './parts/workbook.js';
import { formatCount } from './words.js';

/** An earlier sheet: the file that `report --for` wrote, or another snapshot, narrowed as this one is. */
export type Against = { file: string } | { snapshotPath: string; name: string };

interface CopyPage {
  file: string;
  title: string;
  body: Html;
  code?: string;
}

/** An earlier sheet that may stand beside this one. @throws RangeError that says why it may not. */
export function standBeside(earlier: AgreedSheet, now: AgreedSheet): AgreedSheet {
  const refusal = refuseAgreed(earlier, now);
  if (refusal !== null) throw new RangeError(refusal);
  return earlier;
}

/** The same from the text of a file. @throws RangeError */
export function readAgreed(text: string, now: AgreedSheet): AgreedSheet {
  return standBeside(parseAgreed(text), now);
}

/** The facts of a carrier's sheet, from what it may see. */
export function gatherFacts(
  context: PageContext,
  { others, parcels, shared }: Narrowed,
  now: AgreedSheet,
  earlier: AgreedSheet | null,
): SheetFacts {
  const code = context.forCarrier ?? '';
  const asked = orderAsked(parcels);
  const hasBook = !context.isSingle && !context.withoutParcels && asked.length > 0;
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
export async function renderCopy(context: PageContext, facts: SheetFacts): Promise<CopyPage[]> {
  const code = context.forCarrier ?? '';
  const name = nameOf(context, code);
  const sheet = {
    file: 'index.html',
    title: `${name}: performance sheet`,
    body: renderProtocol(context, facts),
  };
  const methodology = { file: 'methodology.html', title: 'Methodology', body: renderMethodology(context) };
  if (context.isSingle) return [sheet, methodology];
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
export async function writeAsked(context: PageContext, facts: SheetFacts, folder: string): Promise<void> {
  if (facts.workbook === null) return;
  await writeWorkbook(join(folder, facts.workbook), [makeAskedSheet(context, facts.parcels)]);
}

/** One sentence for the terminal. */
export function summariseCopy(context: PageContext, { parcels }: SheetFacts): string {
  const name = nameOf(context, context.forCarrier);
  const { targets } = context.snapshot;
  const agreed = targets.length === 0 ? 'no figure is agreed' : sayTargets(targets);
  const { late, exception, stalled, lost } = countAsked(parcels);
  const count = (number: number) => formatCount(number, context.locale);
  const asked =
    parcels.length === 0
      ? 'no parcel to answer for'
      : `${count(parcels.length)} to answer for (${count(stalled)} silent, ${count(lost)} lost, ${count(late)} late, ${count(exception)} with an exception)`;
  return `${name}: ${agreed}; ${asked}.`;
}

export { type AgreedSheet, makeAgreed };
