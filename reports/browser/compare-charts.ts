import { drawDeliveredWithin } from '../charts/delivered-within.js';
import { drawWeeklyPair, type PairWeek } from '../charts/weekly-pair.js';
import type { Chart, ChartContext } from '../drawing/chart.js';
import type { CurveRow } from '../drawing/curves.js';
import { type Choice, hourMeasures, isHourMeasure } from './choice.js';
import type { CompareFrame } from './compare-data.js';
import type { CompareFigures, Side } from './compare-figures.js';
import { nameCarrier, othersCode, sayMeasure } from './compare-words.js';
import type { Incidence } from './incidence.js';
import { type IsoWeek, isComplete } from './iso-weeks.js';

/** The two charts of the page, each in two widths. */
export interface CompareCharts {
  weeks: Chart;
  curve: Chart;
}

/** A chart's context for the two of a choice: the rival keeps its colour, all others together are grey. */
export function castPair(frame: CompareFrame, choice: Choice, width: number): ChartContext {
  const { thresholds, locale } = frame;
  const rival = choice.against === '*' ? othersCode : choice.against;
  return {
    carriers: [choice.carrier, rival].map((code) => ({
      code,
      name: nameCarrier(frame, code),
      colourRank:
        frame.carriers.find((carrier) => carrier.code === code)?.colourRank ?? Number.MAX_SAFE_INTEGER,
    })),
    statusWords: new Map(),
    thresholds: {
      withheldBelow: thresholds.withheldBelow,
      rankedFrom: thresholds.rankedFrom,
      adjustedSupportFrom: thresholds.supportFrom,
      standardisedFrom: thresholds.othersFrom,
      // no chart of the pair says anything of these
      stalledWorkingDays: 0,
      stalledWorkingDaysWaiting: 0,
      alertWeeks: 0,
    },
    width,
    locale,
  };
}

function listCurve(code: string, { n, points }: Incidence): CurveRow[] {
  if (n === 0) return [];
  return [
    { carrier_code: code, hours: 0, share: 0, share_lo: 0, share_hi: 0, at_risk: n },
    ...points
      .filter(({ isKnown }) => isKnown)
      .map(({ hours, share, lo, hi, atRisk }) => ({
        carrier_code: code,
        hours,
        share,
        share_lo: lo,
        share_hi: hi,
        at_risk: atRisk,
      })),
  ];
}

/** The drawings of a choice. */
export function drawPair(
  figures: CompareFigures,
  frame: CompareFrame,
  weeks: readonly IsoWeek[],
  width: number,
): CompareCharts {
  const { choice, metric, sides, doubt, otherDoubt } = figures;
  const context = castPair(frame, choice, width);
  const [own = '', rival = ''] = context.carriers.map(({ code }) => code);
  const listWeekRows = (code: string, side: Side): PairWeek[] =>
    side.weeks.flatMap(({ week, n, value }) => {
      const place = weeks[week];
      return place
        ? [
            {
              carrier_code: code,
              week_start_date: place.monday,
              value,
              n,
              is_complete: isComplete(place, frame.asOfDate, metric?.completeAfterDays ?? 14),
            },
          ]
        : [];
    });
  const isHours = isHourMeasure(choice.measure);
  // what is no figure of a carrier is not drawn as one
  const rows = [
    ...(doubt ? [] : listWeekRows(own, sides.own)),
    ...(otherDoubt ? [] : listWeekRows(rival, sides.others)),
  ];
  return {
    weeks: drawWeeklyPair(rows, context, {
      subject: `${isHours ? `${hourMeasures[choice.measure as keyof typeof hourMeasures].title}, median` : sayMeasure(choice.measure, frame)}, week by week`,
      unit: isHours ? 'hours' : 'rate',
      isHighRate: metric?.better !== 'lower',
      mondays: weeks.map(({ monday }) => monday),
      chosen: choice,
      codes: [own, rival],
    }),
    curve: drawDeliveredWithin(
      [...listCurve(own, sides.own.curve), ...listCurve(rival, sides.others.curve)],
      context,
    ),
  };
}
