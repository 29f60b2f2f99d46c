import { renderCarrierTable } from '../parts/carrier-table.js';
import { renderCase } from '../parts/case-view.js';
import type { PageContext } from '../parts/context.js';
import { findSentences, sayLooked } from '../parts/findings.js';
import { type Html, html } from '../parts/html.js';
import { renderNight } from '../parts/night.js';
import { renderSection } from '../parts/section.js';
import * as sections from '../parts/sections.js';
import { sql } from '../parts/sql.js';
import { renderMainTiles } from '../parts/tiles.js';

async function renderCases(context: PageContext): Promise<Html> {
  const findings = findSentences(context);
  const cases = [];
  for (const [index, finding] of findings.entries())
    cases.push(await renderCase(context, finding, index + 1));
  const isCase = findings.some(({ row }) => row !== null);
  const looked = isCase
    ? html`<p class="how">Looked at ${sayLooked(context)}. What is not told here is within chance, for the better, or part of these.</p>`
    : '';
  return renderSection(context, {
    id: 'cases',
    isFirst: true,
    title: isCase ? 'Cases, worst first' : 'No case',
    body: html`${cases}${looked}${renderNight(context)}`,
    definitions: ['alerts'],
    sql: sql.cases(null),
  });
}

function renderCarriers(context: PageContext): Html {
  return renderSection(context, {
    id: 'carriers',
    title: 'Carriers, each against the others like with like',
    body: renderCarrierTable(context),
    definitions: [
      'transit_p90_hours',
      'on_time_rate',
      'exception_rate_carrier',
      'first_attempt_success_rate',
    ],
    sql: sql.carriers(),
  });
}

/** The overview: whom to talk to, the state of things in four figures, the carriers, their curves. */
export async function renderOverview(context: PageContext): Promise<Html> {
  const tiles = renderSection(context, {
    id: 'tiles',
    title: 'All carriers together',
    body: renderMainTiles(context, '*'),
    definitions: [],
    sql: sql.tiles('*'),
  });
  return html`${await renderCases(context)}${tiles}${renderCarriers(context)}
${await sections.deliveredWithin(context)}
${await sections.whereParcelsAre(context, '*')}`;
}
