import { renderCarrierTable } from '../parts/carrier-table.js';
import type { PageContext } from '../parts/context.js';
import { findSentences, renderSentence } from '../parts/findings.js';
import { type Html, html, trust } from '../parts/html.js';
import { renderNight } from '../parts/night.js';
import { othersCode } from '../parts/others.js';
import { renderSection } from '../parts/section.js';
import * as sections from '../parts/sections.js';
import { sql } from '../parts/sql.js';
import { renderTiles } from '../parts/tiles.js';

function renderChanged(context: PageContext): Html {
  const sentences = findSentences(context).map(
    (finding) =>
      html`<li${finding.isQuiet ? trust(' class="quiet"') : ''}>${renderSentence(context, finding)}</li>`,
  );
  return renderSection(context, {
    id: 'changed',
    isFirst: true,
    title: 'Where to look first',
    body: html`<ul class="sentences">${sentences}</ul>${renderNight(context)}`,
    definitions: ['alerts'],
    sql: sql.changes(context.forCarrier),
  });
}

function renderCarriers(context: PageContext): Html {
  const hasOthers = context.snapshot.carrierPerformance.some((row) => row.carrier_code === othersCode);
  const note = hasOthers
    ? html`<p class="how">Transit times of all other carriers are not given: a percentile cannot be taken apart. The line “All carriers” holds this carrier too.</p>`
    : '';
  return renderSection(context, {
    id: 'carriers',
    title:
      context.forCarrier === null
        ? 'Carriers side by side, raw and adjusted for mix'
        : 'Beside all other carriers',
    body: html`${renderCarrierTable(context)}${note}`,
    definitions: [
      'transit_p50_hours',
      'on_time_rate',
      'on_time_rate_adj',
      'on_time_rate_expected',
      'exception_rate_carrier',
    ],
    sql: sql.carriers(),
  });
}

/** The overview: what changed, the tiles, the carriers, then one section a question. */
export async function renderOverview(context: PageContext): Promise<Html> {
  const code = context.forCarrier ?? '*';
  const tiles = renderSection(context, {
    id: 'tiles',
    title: context.forCarrier === null ? 'All carriers together' : 'This carrier',
    body: renderTiles(context, code),
    definitions: [],
    sql: sql.tiles(code),
  });
  return html`${renderChanged(context)}${tiles}${renderCarriers(context)}
${await sections.deliveredWithin(context)}
${await sections.whereParcelsAre(context, code)}`;
}
