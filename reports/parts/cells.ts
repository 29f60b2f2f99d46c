import type { CarrierPerformance } from '../../queries/schema.js';
import { definitionOf } from '../definitions.js';
import { formatRate } from '../words.js';
import type { PageContext } from './context.js';
import {
  type Figure,
  formatLimits,
  formatN,
  formatValue,
  type Metric,
  readFigure,
  standingOf,
} from './figures.js';
import { type Html, type HtmlValue, html, trust } from './html.js';
import { type Doubt, type DoubtedRow, findDoubt } from './reported.js';

export interface Column {
  label: HtmlValue;
  isNumber?: boolean;
  /** What a first press sorts by: large first for what is good large. */
  first?: 'ascending' | 'descending';
  isUnsorted?: boolean;
}

interface TableParts {
  caption: HtmlValue;
  columns: readonly Column[];
  /** Rows of cells, each made with the functions below. */
  rows: readonly Html[];
  isSortable?: boolean;
  label: string;
}

/** A cell with a sort key; without one the row stays at the end. */
export function cell(content: HtmlValue, sortKey: string | number | null, isNumber = true): Html {
  const short = typeof sortKey === 'number' ? Number(sortKey.toPrecision(6)) : sortKey;
  const key = short === null ? '' : html` data-value="${short}"`;
  return html`<td${isNumber ? trust(' class="num"') : ''}${key}>${content}</td>`;
}

/** The header cell of a row. */
export function rowHeader(content: HtmlValue, sortKey: string): Html {
  return html`<th scope="row" data-value="${sortKey}">${content}</th>`;
}

/** What stands under a value. */
export function below(...pieces: HtmlValue[]): Html {
  return html`${pieces.filter((piece) => piece !== '').map((piece) => html`<span class="sub">${piece}</span>`)}`;
}

/** The value of a figure in a table, its limits and n below it. */
export function figureContent(figure: Figure, metric: string, context: PageContext, absent: string): Html {
  const { kind } = definitionOf(context.snapshot, metric);
  const standing = standingOf(figure, context);
  if (standing === 'none') return html`<span class="muted">${absent}</span>`;
  const n = formatN(figure.n, context.locale);
  if (standing === 'withheld') return html`<span class="muted">too few</span>${below(n)}`;
  const value = formatValue(figure.value, kind, context.locale);
  return html`${standing === 'unranked' ? html`<span class="muted">${value}</span>` : value}${below(formatLimits(figure, kind, context.locale), n)}`;
}

/** What every performance table has. */
type FigureRow = DoubtedRow & Pick<CarrierPerformance, 'transit_reached_share'>;

/** A cell for a figure that is in doubt: words, not sorted on. */
export function doubtCell({ words, why }: Doubt): Html {
  return cell(
    html`<span class="muted">${words}</span>${words === 'not judged' ? html`<span class="sub reason">${why}</span>` : ''}`,
    null,
  );
}

/** A cell for a metric of a row; not sorted on when in doubt, too few or not reached. */
export function figureCell<Row extends FigureRow>(
  row: Row,
  metric: Metric<Row>,
  context: PageContext,
  absent = '–',
): Html {
  const doubt = findDoubt(row, metric, context);
  if (doubt) return doubtCell(doubt);
  const figure = readFigure(row, metric);
  const isRanked = standingOf(figure, context) === 'ranked';
  const extra = figure.value === null && metric.startsWith('transit_p') ? sayReached(row, context) : '';
  return cell(
    html`${figureContent(figure, metric, context, absent)}${extra === '' || figure.n < context.thresholds.withheldBelow ? '' : below(extra)}`,
    isRanked ? figure.value : null,
  );
}

function sayReached({ transit_reached_share: reached }: FigureRow, context: PageContext): string {
  return reached === null ? '' : `${formatRate(reached, context.locale)} ever`;
}

/** A table with its caption, in a frame of its own that scrolls on a narrow screen. */
export function renderTable(parts: TableParts): Html {
  const headers = parts.columns.map((column) => {
    const attributes = [
      column.isNumber ? ' class="num"' : '',
      column.first ? ` data-first="${column.first}"` : '',
      column.isUnsorted ? ' data-unsorted' : '',
    ].join('');
    return html`<th scope="col"${trust(attributes)}>${column.label}</th>`;
  });
  return html`<div class="table" role="region" aria-label="${parts.label}" tabindex="0"><table${parts.isSortable ? trust(' data-sortable') : ''}><caption><span>${parts.caption}</span></caption><thead><tr>${headers}</tr></thead><tbody>${parts.rows}</tbody></table></div>`;
}
