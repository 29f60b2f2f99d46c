import { htmlUnescape } from 'escape-goat';
import { definitionOf } from '../definitions.js';
import { isRecent } from '../pages/alerts.js';
import type { AlertRow, LaneRow, PeriodChangeRow } from '../snapshot.js';
import { deliveryTypeWords, formatCount, formatDate, formatDifference, formatRate } from '../words.js';
import type { PageContext } from './context.js';
import { formatLimits, formatN, formatValue, readFigure, sayFigure } from './figures.js';
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

/** One of the sentences at the top; quiet when it says that nothing stands out. */
export interface Finding {
  sentence: Html;
  isQuiet: boolean;
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

function sayAlert(context: PageContext, alert: AlertRow): Html {
  const { kind } = definitionOf(context.snapshot, alert.metric);
  const value = formatValue(alert.value, kind, context.locale);
  const usual = formatLimits(
    { value: alert.value, lo: alert.limit_lo, hi: alert.limit_hi, n: 0 },
    kind,
    context.locale,
  );
  const verb = alert.value > alert.centre ? 'rose to' : 'fell to';
  const week = formatDate(alert.week_start_date, context.locale);
  return html`${linkCarrier(context, alert.carrier_code)}’s ${subjects[alert.metric]} ${verb} <strong>${value}</strong> in the week of ${week} (${formatN(alert.n, context.locale)}), outside its usual range of ${usual}${kind === 'rate' ? ' %' : ''}. ${linkTo(context, 'index.html', 'trend', 'See the weeks')}.`;
}

function sayChange(context: PageContext, change: PeriodChangeRow): Html {
  const { kind } = definitionOf(context.snapshot, change.metric);
  const size = formatDifference(change.difference, kind === 'rate' ? 'rate' : 'hours', context.locale);
  const row = context.snapshot.carrierPerformance.find(
    (each) => each.carrier_code === change.carrier_code && each.period === 'current',
  );
  const figure = readFigure(row, change.metric);
  const now =
    figure.value === null
      ? formatValue(change.current_value, kind, context.locale)
      : sayFigure(figure, change.metric, context);
  return html`${linkCarrier(context, change.carrier_code)}’s ${subjects[change.metric]} is clearly <strong>${change.direction}</strong> than in the period before: ${size}, to ${now}.`;
}

function sayMixFinding(context: PageContext, { row, parcels }: MixFinding): Html {
  const count = formatCount(Math.max(1, Math.round(parcels)), context.locale);
  return html`Look first at ${linkCarrier(context, row.carrier_code)}: ${sayFigure(readFigure(row, 'on_time_rate'), 'on_time_rate', context)} on time, against ${formatRate(row.on_time_rate_expected, context.locale)} that the others achieve on its mix of lanes; at that rate ${count} more parcels would have been. ${linkTo(context, 'index.html', 'transit', 'See raw beside adjusted')}.`;
}

/** A lane in words: 'NL to FR, home'. */
function sayLane(row: LaneRow): string {
  const lane = `${row.from_country ?? 'unknown'} to ${row.to_country ?? 'unknown'}`;
  return `${lane}, ${deliveryTypeWords(row.delivery_type)}`;
}

function sayLaneFinding(context: PageContext, found: LaneFinding): Html {
  const own = readFigure(found.lane, found.metric);
  const all = readFigure(found.all, found.metric);
  const what = found.metric === 'on_time_rate' ? 'on time' : 'attempted within 2 working days';
  const count = Math.round(found.parcels);
  const cost =
    count >= 1 ? `; at that rate ${formatCount(count, context.locale)} more parcels would have been` : '';
  return html`Look first at ${linkCarrier(context, found.lane.carrier_code)} on <strong class="name">${sayLane(found.lane)}</strong>: ${sayFigure(own, found.metric, context)} ${what}, against ${formatRate(all.value, context.locale)} of all carriers there${cost}. ${linkTo(context, 'lanes.html', 'lanes', 'See the lanes')}.`;
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
  return { sentence: html`${sentence}`, isQuiet: true };
}

function sayNoAlert(context: PageContext): Finding {
  const isJudged = context.snapshot.control.some((row) => row.limit_hi !== null && isRecent(context, row));
  return sayQuietly(
    isJudged
      ? 'No carrier’s recent weeks stand outside their usual range by more than chance explains.'
      : 'There are not yet enough full-grown weeks to tell an unusual one: 8 with 30 parcels each.',
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
  const text =
    first?.sentence.markup.replace(/<a href="[^"]*">See [^<]*<\/a>\.?/g, '').replace(/<[^>]*>/g, '') ?? '';
  return htmlUnescape(text).trim();
}
