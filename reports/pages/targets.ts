import type { PageContext } from '../parts/context.js';
import { type Html, html } from '../parts/html.js';
import { renderSection } from '../parts/section.js';
import { sql } from '../parts/sql.js';
import { isSureTarget, renderTargets, sayTargets } from '../parts/targets.js';
import type { TargetRow } from '../snapshot.js';

/** The workbook beside the page. */
export const targetsFile = 'targets.xlsx';

const fields: readonly [names: string, meaning: string][] = [
  ['carrier_code', 'whose figure it is; empty: all carriers together'],
  ['from_country, to_country', 'two letters each, as NL; empty: any'],
  ['delivery_type', 'home, service_point or mailbox; empty: any'],
  ['service_level', 'express, standard, economy or freight; empty: any'],
  ['metric', 'which figure, by the name that the methodology page has for it'],
  ['target', 'what was agreed, as a share: 0.95 for 95 %'],
  ['from_date, to_date', 'the days that it holds for, as 2026-10-01; empty: those of the report'],
  ['note', 'anything, such as the paragraph of the contract'],
];

const example = 'postnl,NL,BE,home,,on_time_rate,0.95,2026-10-01,2026-12-31,"contract 2026, paragraph 4"';

/** What would fill the page: a file, field by field. */
function renderHowTo(): Html {
  const header = fields.map(([names]) => names.replaceAll(' ', '')).join(',');
  return html`<p>Agreed figures stand here, each beside what came of it: met, missed, or not to tell yet, and by how many parcels. They come from a file <code>targets.csv</code> in the folder of your seeds (the setting <code>seeds</code>), a row each:</p>
<div class="sql"><pre tabindex="0">${header}
${example}</pre></div>
<dl class="meanings">${fields.map(([names, meaning]) => html`<dt>${names}</dt><dd>${meaning}</dd>`)}</dl>
<p>The next night has them. A row that is wrong is named with its line, and what was published before stays.</p>`;
}

/** Those to talk about first: missed for sure and by most parcels; then what is not to tell, then what is met. */
function byUrgency(context: PageContext, rows: readonly TargetRow[]): TargetRow[] {
  const rank = (row: TargetRow) =>
    ({ missed: isSureTarget(context, row) ? 0 : 1, too_close: 2, met: 3, too_few: 4 })[row.verdict] ?? 5;
  return [...rows].sort(
    (one, other) => rank(one) - rank(other) || (other.short_by ?? 0) - (one.short_by ?? 0),
  );
}

/** What was agreed and what came of it: met, missed or not to tell yet, with intervals and the parcels that were lacking. */
export function renderTargetsPage(context: PageContext): Html {
  const { targets } = context.snapshot;
  const isEmpty = targets.length === 0;
  return renderSection(context, {
    id: 'targets',
    isFirst: true,
    title: isEmpty ? 'No figure is agreed yet' : sayTargets(context, targets),
    body: isEmpty
      ? renderHowTo()
      : renderTargets(context, byUrgency(context, targets), { withCarrier: true }),
    definitions: ['targets'],
    sql: isEmpty ? undefined : sql.targets(null),
    files: context.evidence?.has(targetsFile) ? [{ file: targetsFile, label: 'Workbook (Excel)' }] : [],
  });
}
