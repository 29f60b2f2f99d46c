import { definitionOf } from '../definitions.js';
import { formatAgreed, formatCount, formatDateRange, formatNumber, formatRate } from '../words.js';
import { type CaseFacts, estimate } from './case-facts.js';
import { nameOf, type PageContext } from './context.js';
import { formatValue } from './figures.js';
import { sayHour, sayPlace, sayShort } from './findings.js';

/** A row of a case's table of figures; what is not known is ''. */
export interface FigureLine {
  label: string;
  n: string;
  x: string;
  value: string;
  interval: string;
}

/** The figures behind the sentence, the carrier's own first. */
export function listFigures(context: PageContext, facts: CaseFacts): FigureLine[] {
  const { row } = facts;
  const { locale, snapshot } = context;
  const name = nameOf(context, row.carrier_code);
  const place = sayPlace(context, row) || 'all its lanes';
  const days = formatDateRange(facts.evidence.first_date, facts.evidence.last_date, locale);
  const counted = (label: string, count: { x: number; n: number }): FigureLine => {
    const share = estimate(count);
    const limits = share ? [share.lo, share.hi].map((each) => formatNumber(each * 100, 1, locale)) : [];
    return {
      label,
      n: formatCount(count.n, locale),
      x: formatCount(count.x, locale),
      value: formatRate(share?.value, locale),
      interval: limits.join(' to '),
    };
  };
  const plain = (label: string, value: string, n = '', interval = ''): FigureLine => ({
    ...{ label, n, x: '', value, interval },
  });
  if (row.kind === 'cut_off') {
    const hours = [row.value, row.usual]
      .sort((one, other) => one - other)
      .map(sayHour)
      .join(' to ');
    const lines = [
      { label: `${name}, labels made ${hours}, last 28 days`, cutOff: facts.latest },
      { label: `${name}, the same hours, the 90 days before`, cutOff: facts.earlier },
    ];
    return lines.map(({ label, cutOff }) =>
      counted(label, { x: cutOff?.between_late_labels ?? 0, n: cutOff?.between_labels ?? 0 }),
    );
  }
  if (row.x === null) {
    const { kind } = definitionOf(snapshot, row.metric);
    return [
      plain(`${name}, ${place}, ${days}`, formatValue(row.value, kind, locale), formatCount(row.n, locale)),
      plain(`${name}, ${place}, before`, formatValue(row.usual, kind, locale)),
    ];
  }
  const own = counted(`${name}, ${place}, ${days}`, { x: row.x, n: row.n });
  const { comparison } = facts;
  if (row.compared_with === 'others') {
    if (comparison?.difference == null)
      return [own, plain('The others, its mix', formatRate(row.usual, locale))];
    const points = (value: number | null) => formatNumber((value ?? 0) * 100, 1, locale);
    return [
      own,
      plain(
        'The others there, at its mix',
        formatRate(row.usual, locale),
        formatCount(comparison.other_n, locale),
      ),
      plain(
        'Difference, like with like',
        `${points(comparison.difference)} points`,
        formatCount(comparison.n, locale),
        `${points(comparison.difference_lo)} to ${points(comparison.difference_hi)}`,
      ),
    ];
  }
  const others = [
    ...(facts.othersNow ? [counted(`Other carriers, ${place}, same days`, facts.othersNow)] : []),
    ...(facts.othersBefore ? [counted(`Other carriers, ${place}, before`, facts.othersBefore)] : []),
  ];
  if (row.kind === 'target') {
    const short = plain(
      `${facts.isHighGood ? 'Short' : 'Over'} by, in parcels`,
      '',
      formatCount(Math.abs(row.extra ?? 0), locale),
      sayShort(row, locale).replace(/ parcels?$/, ''),
    );
    return [own, plain('Agreed', formatAgreed(row.usual, locale)), short, ...others];
  }
  const before = plain(
    `${name}, ${place}, before, at the same delivery types`,
    formatRate(row.usual, locale),
    facts.before ? formatCount(facts.before.n, locale) : '',
  );
  const elsewhere =
    row.elsewhere_n && row.elsewhere_x !== null
      ? [
          counted(
            `${name}, its other lanes, same weeks${row.elsewhere_usual === null ? '' : ` (before ${formatRate(row.elsewhere_usual, locale)})`}`,
            { x: row.elsewhere_x, n: row.elsewhere_n },
          ),
        ]
      : [];
  return [own, before, ...elsewhere, ...others];
}
