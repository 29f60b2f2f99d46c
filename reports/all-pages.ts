import { renderCarrierPage } from './pages/carrier.js';
import { renderCasePages } from './pages/case.js';
import { renderDataQuality } from './pages/data-quality.js';
import { renderExceptions } from './pages/exceptions.js';
import { renderFirstScan } from './pages/first-scan.js';
import { renderLanes } from './pages/lanes.js';
import { renderMethodology } from './pages/methodology.js';
import { renderOpenParcels } from './pages/open-parcels.js';
import { renderOverview } from './pages/overview.js';
import { renderTargetsPage } from './pages/targets.js';
import { nameOf, type PageContext } from './parts/context.js';
import type { PageParts } from './parts/layout.js';
import type { EvidenceFile } from './parts/parcel-files.js';

/** Every page but head to head, in the order of the navigation; then the carriers'. */
export async function makePages(
  context: PageContext,
  parcelFiles: readonly EvidenceFile[],
): Promise<PageParts[]> {
  const carriers: PageParts[] = [];
  for (const [code, slug] of context.slugs) {
    const title = nameOf(context, code);
    const body = await renderCarrierPage(context, code);
    carriers.push({ file: `carrier-${slug}.html`, title, body, code: title === code ? '' : code });
  }
  return [
    { file: 'index.html', title: 'Shipping performance', body: await renderOverview(context) },
    ...(await renderCasePages(context)),
    { file: 'lanes.html', title: 'Lanes', body: await renderLanes(context) },
    { file: 'first-scan.html', title: 'Hand-over', body: await renderFirstScan(context) },
    { file: 'exceptions.html', title: 'Exceptions', body: await renderExceptions(context) },
    { file: 'open-parcels.html', title: 'Open parcels', body: await renderOpenParcels(context, parcelFiles) },
    { file: 'targets.html', title: 'Targets', body: renderTargetsPage(context) },
    { file: 'data-quality.html', title: 'Data quality', body: renderDataQuality(context) },
    { file: 'methodology.html', title: 'Methodology', body: renderMethodology(context) },
    ...carriers,
  ];
}
