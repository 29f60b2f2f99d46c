import { existsSync, readFileSync } from 'node:fs';
import { openSnapshot } from '../queries/db.js';
import { readCompareData } from './compare-snapshot.js';
import { compareScripts, renderCompare } from './pages/compare.js';
import { describeFolding, describeFrame } from './parts/compare-frame.js';
import { encodeCompareCharts, encodeCompareData } from './parts/compare-script.js';
import { columnWidths, type PageContext, phoneWidth } from './parts/context.js';
import { renderPage } from './parts/layout.js';

/** Made by the compile step; a report made from the sources takes that of the last one. */
function readBundle(): string {
  const places = ['./browser/compare.js', '../dist/reports/browser/compare.js'];
  const place = places.find((path) => existsSync(new URL(path, import.meta.url)));
  if (place === undefined) throw new RangeError('there is no browser/compare.js: npm run compile makes it');
  return readFileSync(new URL(place, import.meta.url), 'utf8');
}

/** Head to head: the page, its rows and drawings, and its script. `has` tells which files the report has beside it. */
export async function renderHeadToHead(
  context: PageContext,
  { snapshotPath, memoryLimit }: { snapshotPath: string; memoryLimit?: string },
  has: (file: string) => boolean,
): Promise<Map<string, string>> {
  const fileOf = (code: string) => {
    const file = `parcels-${context.slugs.get(code)}.csv`;
    return has(file) ? file : null;
  };
  const db = await openSnapshot(snapshotPath, { memoryLimit });
  const data = await readCompareData(db, describeFrame(context, fileOf)).finally(() => db.destroy());
  const page = renderPage(context, {
    file: 'compare.html',
    title: 'Head to head',
    body: renderCompare(context, data && describeFolding(data)),
    scripts: data ? compareScripts : [],
  });
  if (data === null) return new Map([['compare.html', page]]);
  const { thresholds, statusWords, locale } = context;
  const names = [...data.frame.carriers.map(({ name }) => name), 'All others'];
  const widths = { wide: columnWidths.full, narrow: phoneWidth };
  const charts = encodeCompareCharts({ thresholds, statusWords, locale }, widths, names);
  return new Map([
    ['compare.html', page],
    ['compare-data.js', encodeCompareData(data) + charts],
    ['compare.js', readBundle()],
  ]);
}
