import { definitionOf } from '../definitions.js';
import type { AlertRow, LaneRow, PeriodChangeRow } from '../snapshot.js';
import { deliveryTypeWords, formatCount, formatDate, formatDifference, formatRate } from '../words.js';
import { isRecent } from './alerts.js';
import { nameOf, type PageContext } from './context.js';
import { findFigure, formatN, formatValue, readFigure, sayFigure } from './figures.js';
import { type Html, html } from './html.js';
import { linkCarrier, linkTo } from './layout.js';
import {
  findAgainstMix,
  findAlert,
  findChanges,
  findLane,
  type LaneFinding,
  type MixFinding,
} from './standouts.js';

/** A piece of a sentence: words, a carrier's name, what is set in bold, or where the page says more. */
type Part =
  | string
  | { carrier: string }
  | { bold: string; isName?: boolean }
  | { see: string; file: string; anchor: string };

/** One of the sentences at the top; quiet when it says that nothing stands out. */
export interface Finding {
  sentence: readonly Part[];
  isQuiet: boolean;
}

/** The sentence on a page. */
export function renderSentence(context: PageContext, { sentence }: Finding): Html {
  const pieces = sentence.map((part) => {
    if (typeof part === 'string') return part;
    if ('carrier' in part) return linkCarrier(context, part.carrier);
    if ('see' in part) return html` ${linkTo(context, part.file, part.anchor, part.see)}.`;
    return part.isName
      ? html`<strong class="name">${part.bold}</strong>`
      : html`<strong>${part.bold}</strong>`;
  });
  return html`${pieces}`;
}

/** The sentence as plain text for a terminal, where there is nothing further to see. */
function saySentence(context: PageContext, { sentence }: Finding): string {
  const words = sentence.map((part) => {
    if (typeof part === 'string') return part;
    if ('carrier' in part) return nameOf(context, part.carrier);
    return 'see' in part ? '' : part.bold;
  });
  return words.join('').trim();
}

const subjects: Record<string, string> = {
  on_time_rate: 'on-time rate',
  lost_30d_rate: 'share of lost parcels',
  exception_rate_carrier: 'rate of exceptions that lie with the carrier',
  exception_rate: 'exception rate',
  transit_p50_hours: 'median transit time',
  transit_p90_hours: 'transit time of 9 in 10 parcels',
  first_attempt_success_rate: 'success at the first attempt',
  returned_30d_rate: 'share of returned parcels',
  never_scanned_7d_rate: 'share never scanned within 7 days',
  first_scan_p50_hours: 'median time from label to first scan',
};

function sayAlert(context: PageContext, alert: AlertRow): Part[] {
  const { kind } = definitionOf(context.snapshot, alert.metric);
  const value = formatValue(alert.value, kind, context.locale);
  const usual = formatValue(alert.usual, kind, context.locale);
  const verb = alert.side === 'above' ? 'rose to' : 'fell to';
  const [first, last] = [alert.first_week, alert.last_week].map((week) => formatDate(week, context.locale));
  const weeks = first === last ? `in the week of ${first}` : `from the week of ${first} to that of ${last}`;
  return [
    { carrier: alert.carrier_code },
    `’s ${subjects[alert.metric]} ${verb} `,
    { bold: value },
    ` ${weeks} (${formatN(alert.n, context.locale)}), where ${usual} was usual.`,
    { see: 'See the weeks', file: 'index.html', anchor: 'trend' },
  ];
}

function sayChange(context: PageContext, change: PeriodChangeRow): Part[] {
  const { kind } = definitionOf(context.snapshot, change.metric);
  const size = formatDifference(change.difference, kind === 'rate' ? 'rate' : 'hours', context.locale);
  const row = context.snapshot.carrierPerformance.find(
    (each) => each.carrier_code === change.carrier_code && each.period === 'current',
  );
  const figure = findFigure(row, change.metric);
  const now =
    figure.value === null
      ? formatValue(change.current_value, kind, context.locale)
      : sayFigure(figure, change.metric, context);
  return [
    { carrier: change.carrier_code },
    `’s ${subjects[change.metric]} is clearly `,
    { bold: change.direction },
    ` than in the period before: ${size}, to ${now}.`,
  ];
}

function sayMixFinding(context: PageContext, { row, parcels }: MixFinding): Part[] {
  const count = formatCount(Math.max(1, Math.round(parcels)), context.locale);
  const own = sayFigure(readFigure(row, 'on_time_rate'), 'on_time_rate', context);
  const others = formatRate(row.on_time_rate_expected, context.locale);
  return [
    'Look first at ',
    { carrier: row.carrier_code },
    `: ${own} on time, against ${others} that the others achieve on its mix of lanes; at that rate ${count} more parcels would have been.`,
    { see: 'See raw beside adjusted', file: 'index.html', anchor: 'transit' },
  ];
}

/** A lane in words: 'NL to FR, home'. */
function sayLane(row: LaneRow): string {
  const lane = `${row.from_country ?? 'unknown'} to ${row.to_country ?? 'unknown'}`;
  return `${lane}, ${deliveryTypeWords(row.delivery_type)}`;
}

function sayLaneFinding(context: PageContext, found: LaneFinding): Part[] {
  const own = readFigure(found.lane, found.metric);
  const all = readFigure(found.all, found.metric);
  const what = found.metric === 'on_time_rate' ? 'on time' : 'attempted within 2 working days';
  const count = Math.round(found.parcels);
  const cost =
    count >= 1 ? `; at that rate ${formatCount(count, context.locale)} more parcels would have been` : '';
  const together = formatRate(all.value, context.locale);
  return [
    'Look first at ',
    { carrier: found.lane.carrier_code },
    ' on ',
    { bold: sayLane(found.lane), isName: true },
    `: ${sayFigure(own, found.metric, context)} ${what}, against ${together} of all carriers there${cost}.`,
    { see: 'See the lanes', file: 'lanes.html', anchor: 'lanes' },
  ];
}

/** Where to look first: a carrier on a lane, else a carrier against its mix, else nowhere. */
function findWhereToLook(context: PageContext): Finding {
  const lane = findLane(context);
  if (lane) return { sentence: sayLaneFinding(context, lane), isQuiet: false };
  const mix = findAgainstMix(context);
  if (mix) return { sentence: sayMixFinding(context, mix), isQuiet: false };
  const compared = context.snapshot.carrierPerformance.filter(
    (row) =>
      row.period === 'current' && row.carrier_code !== '*' && row.scanned >= context.thresholds.rankedFrom,
  );
  return sayQuietly(
    compared.length < 2
      ? `There is no second carrier with ${context.thresholds.rankedFrom} parcels to compare with.`
      : 'No carrier is further from the others, on a lane or on its whole mix, than chance explains.',
  );
}

function sayQuietly(sentence: string): Finding {
  return { sentence: [sentence], isQuiet: true };
}

function sayNoAlert(context: PageContext): Finding {
  const isJudged = context.snapshot.control.some((row) => row.limit_hi !== null && isRecent(context, row));
  return sayQuietly(
    isJudged
      ? 'No carrier’s recent weeks stand outside their usual range by more than chance explains.'
      : `There are not yet enough full-grown weeks to tell an unusual one: ${context.thresholds.alertWeeks} with ${context.thresholds.rankedFrom} parcels each.`,
  );
}

function sayNoChange(context: PageContext): Finding {
  const isCompared = context.snapshot.changes.some((change) => change.is_clear !== null);
  return sayQuietly(
    isCompared
      ? 'No carrier’s figures changed against the period before by more than chance explains, all of them in view.'
      : 'The period before has too few parcels to compare with.',
  );
}

/**
 * Three sentences: what changed, what else changed, where to look first. Each is put forward only when it stays clear among
 * everything that was looked at; else it says that nothing does.
 */
export function findSentences(context: PageContext): Finding[] {
  const all = context.snapshot.carrierPerformance.find(
    (row) => row.period === 'current' && row.carrier_code === '*',
  );
  if (!all || all.labelled + all.scanned + all.due === 0) {
    return [
      sayQuietly(
        'No outbound parcel has its label, first scan or promised date in this window, so there is nothing to compare yet.',
      ),
    ];
  }
  const alert = findAlert(context);
  const changes = findChanges(context).filter(
    (change) => change.carrier_code !== alert?.carrier_code || change.metric !== alert?.metric,
  );
  const second = changes.find((change) => change.carrier_code !== changes[0]?.carrier_code) ?? changes[1];
  const news = [
    alert ? sayAlert(context, alert) : null,
    changes[0] ? sayChange(context, changes[0]) : null,
    second ? sayChange(context, second) : null,
  ];
  const findings: Finding[] = news
    .flatMap((sentence) => (sentence ? [{ sentence, isQuiet: false }] : []))
    .slice(0, 2);
  if (!alert && findings.length < 2) {
    findings.push(sayNoAlert(context));
  }
  if (changes.length === 0 && findings.length < 2) {
    findings.push(sayNoChange(context));
  }
  return [...findings, findWhereToLook(context)];
}

/** The first sentence that is news, as plain text for a terminal. */
export function summarise(context: PageContext): string {
  const findings = findSentences(context);
  const first = findings.find((finding) => !finding.isQuiet) ?? findings[0];
  return first ? saySentence(context, first) : '';
}
