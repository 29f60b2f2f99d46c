import { nameLane } from '../browser/choice.js';
import type { CompareData, CompareFrame } from '../browser/compare-data.js';
import { isOfSeveral } from '../snapshot.js';
import { nameOf, type PageContext } from './context.js';
import { findDoubt, foreseenFrom } from './reported.js';

/** What the rows are handed with: all of the frame that does not come out of them. */
export type FrameWords = Pick<
  CompareFrame,
  | 'locale'
  | 'asOfDate'
  | 'windowStartDate'
  | 'carriers'
  | 'metrics'
  | 'silent'
  | 'thresholds'
  | 'foreseenFrom'
  | 'opening'
  | 'hasAccounts'
>;

/** What was folded to keep the page small. */
export interface CompareFolding {
  lanes: number;
  weeks: number;
  hasServices: boolean;
  hasBrands: boolean;
  /** True where there is nothing to put together. */
  hasAccounts: boolean;
  binHours: number;
}

/** The words and rules of a report for the page; `fileOf` names the list of a carrier's parcels where the report has one. */
export function describeFrame(context: PageContext, fileOf: (code: string) => string | null): FrameWords {
  const { snapshot, thresholds } = context;
  const first = snapshot.cases[0];
  const lane = first && (first.from_country !== null || first.to_country !== null);
  return {
    locale: context.locale,
    asOfDate: snapshot.parameters.as_of_date,
    windowStartDate: snapshot.parameters.window_start_date,
    carriers: context.carriers.map((carrier) => ({
      code: carrier.carrier_code,
      name: nameOf(context, carrier.carrier_code),
      colourRank: carrier.colour_rank,
      file: fileOf(carrier.carrier_code),
    })),
    metrics: snapshot.metrics
      .filter(({ is_compared: isCompared }) => isCompared)
      .map((metric) => ({
        name: metric.name,
        title: metric.title,
        better: metric.better,
        cohort: metric.cohort ?? 'scan',
        meaning: metric.meaning,
        counted: metric.counted,
        outOf: metric.out_of,
        cannotTell: metric.cannot_tell,
        restsOn: metric.rests_on,
        completeAfterDays: metric.alert_horizon ?? metric.horizon_days ?? 0,
      })),
    silent: snapshot.carrierReports
      .filter(({ is_reported: isReported }) => isReported === false)
      .map(({ carrier_code: carrier, kind, parcels }) => ({ carrier, kind, parcels })),
    thresholds: {
      withheldBelow: thresholds.withheldBelow,
      rankedFrom: thresholds.rankedFrom,
      supportFrom: thresholds.adjustedSupportFrom,
      othersFrom: thresholds.standardisedFrom,
    },
    foreseenFrom,
    hasAccounts: isOfSeveral(snapshot),
    opening: first
      ? {
          carrier: first.carrier_code,
          ...(lane ? { lane: nameLane([first.from_country ?? '', first.to_country ?? '']) } : {}),
          ...(first.delivery_type === null ? {} : { type: first.delivery_type }),
          measure: first.metric,
          // an alert and a change are of the weeks since, what lasts is of the whole window
          since:
            first.kind === 'alert' || first.kind === 'change'
              ? first.since
              : snapshot.parameters.window_start_date,
        }
      : openWithLargest(context),
  };
}

/** Without a case the page opens with the carrier of most parcels, and on time where it is judged. */
function openWithLargest(context: PageContext): FrameWords['opening'] {
  const [largest] = context.snapshot.carrierPerformance
    .filter((row) => row.period === 'current' && row.carrier_code !== '*')
    .toSorted((one, other) => other.scanned - one.scanned);
  if (largest === undefined) return {};
  const isJudged = (largest.on_time_rate_n ?? 0) > 0 && findDoubt(largest, 'on_time_rate', context) === null;
  return { carrier: largest.carrier_code, ...(isJudged ? {} : { measure: 'delivered_within' }) };
}

/** What the page says of how its rows were folded. */
export function describeFolding({ frame }: CompareData): CompareFolding {
  return {
    lanes: frame.foldedLanes,
    weeks: frame.droppedWeeks,
    hasServices: frame.services[0] !== '*',
    hasBrands: frame.brands[0] !== '*',
    hasAccounts: !frame.hasAccounts || frame.accounts[0] !== '*',
    binHours: frame.binHours,
  };
}
