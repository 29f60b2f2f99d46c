import type { Chart, ChartContext } from '../drawing/chart.js';
import { bandLayer, labelLayers, layOut, lineLayers } from '../drawing/curve-layers.js';
import { type Curve, type CurveRow, findReached, readCurves, sayCurve, sayDays } from '../drawing/curves.js';
import { capByVolume, castOf, emptyChart, finishChart, isNarrow, withhold } from '../drawing/kit.js';

const subject = 'Share of parcels with a first delivery attempt, by days since the first scan';
const units =
  'Share of parcels (%) with a first attempt at the door or arrival at a pick-up point, by days (24 h) since the first scan';
const empty =
  'Nothing to draw yet: the curve begins with the first parcels that a carrier scanned in and followed up in this window.';

/** One curve a carrier, labelled at its end; dashed and faded where fewer than `rankedFrom` parcels are still followed. */
export function drawDeliveredWithin(rows: readonly CurveRow[], context: ChartContext): Chart {
  const cast = castOf(context);
  const nameOf = ({ code }: Curve) => cast.nameOf(code);
  const { shown, withheld } = withhold(readCurves(rows), ({ n }) => n, nameOf, context);
  const narrow = isNarrow(context);
  const { kept, leftOut } = capByVolume(shown, ({ n }) => n, nameOf, narrow ? 6 : 12);
  const base = { id: 'delivered-within', units, withheld, leftOut };
  if (kept.length === 0) return emptyChart(context, { ...base, title: subject, empty });
  const layout = layOut(kept, context);
  return finishChart(context, {
    ...base,
    title: subject,
    howToRead:
      'The higher a line at a given day, the more parcels had come that far by then. Dashed: fewer than ' +
      `${context.thresholds.rankedFrom} parcels were still under way, so the line is unsure.`,
    alt: `${subject}. ${kept.map((curve) => sayCurve(curve, context)).join('; ')}.`,
    spec: {
      width: layout.plotWidth,
      height: layout.height,
      layer: [bandLayer(kept, context), ...lineLayers(kept, context), ...labelLayers(kept, layout, context)],
    },
  });
}

/** One carrier's curve with its 95 % band. */
export function drawDeliveredWithinOne(
  rows: readonly CurveRow[],
  context: ChartContext,
  carrierCode: string,
): Chart {
  const cast = castOf(context);
  const curves = readCurves(rows.filter((row) => row.carrier_code === carrierCode));
  const { shown, withheld } = withhold(
    curves,
    ({ n }) => n,
    ({ code }) => cast.nameOf(code),
    context,
  );
  const base = { id: `delivered-within-${cast.keyOf(carrierCode)}`, units, withheld };
  const [curve] = shown;
  if (curve === undefined) return emptyChart(context, { ...base, title: subject, empty });
  const reached = curve.n >= context.thresholds.rankedFrom ? findReached(curve, 0.9) : null;
  const title =
    reached === null
      ? subject
      : `${cast.nameOf(carrierCode)}: a first delivery attempt for 9 in 10 parcels within ${sayDays(reached.value, context)}`;
  const layout = layOut([curve], context);
  return finishChart(context, {
    ...base,
    title,
    howToRead:
      'The line is the share of parcels that had come that far by then, the band its 95 % interval. Dashed: fewer than ' +
      `${context.thresholds.rankedFrom} parcels were still under way.`,
    alt: `${title}. ${sayCurve(curve, context)}.`,
    spec: {
      width: layout.plotWidth,
      height: layout.height,
      layer: [
        { ...bandLayer([curve], context), name: 'band' },
        ...lineLayers([curve], context),
        ...labelLayers([curve], layout, context),
      ],
    },
  });
}
