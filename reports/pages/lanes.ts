import { laneMetric } from '../parts/comparisons.js';
import type { PageContext } from '../parts/context.js';
import { type Html, html } from '../parts/html.js';
import { renderLaneTable } from '../parts/lane-table.js';
import { renderSection } from '../parts/section.js';
import * as sections from '../parts/sections.js';
import { sql } from '../parts/sql.js';
import { weeklyTrend } from '../parts/trend.js';

/** Which carrier does well on which lane, like with like. */
export async function renderLanes(context: PageContext): Promise<Html> {
  const table = renderSection(context, {
    id: 'lane-table',
    title: 'Every lane in figures',
    body: renderLaneTable(context, null),
    definitions: ['on_time_rate', 'transit_2_working_days_rate', 'transit_p50_hours'],
    sql: sql.lanes(null),
    files: [{ file: 'lanes.csv', label: 'All lanes (CSV)' }],
  });
  return html`${await sections.likeWithLike(context)}${await sections.differenceFunnel(context, laneMetric(context), 'The same against the number of parcels compared')}${sections.laneMap(context)}${table}${await sections.transitPercentiles(context)}${await weeklyTrend(context, '*', [laneMetric(context), 'transit_p50_hours'])}`;
}
