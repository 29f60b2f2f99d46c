import { type OurLane, readOurLanes } from '../../queries/reconcile.js';
import type { RunParameters } from '../../queries/schema.js';
import { type Context, say } from '../context.js';
import { ParcelmetricsError, usageError } from '../errors.js';
import { openClient } from '../night/api.js';
import type { TransitTimesAnswer } from '../sendcloud/client.js';
import { SendcloudError } from '../sendcloud/errors.js';
import type { TransitTime } from '../sendcloud/transit-times.js';
import { openPublished, requireReadable } from '../store/publish.js';
import { layOut } from '../terminal/table.js';

/** One carrier and lane on both sides; null where a side does not know it. */
interface ReconciledLane {
  carrier_code: string;
  from_country: string | null;
  to_country: string | null;
  theirs: { median_hours: number; parcels: number | null } | null;
  ours: Omit<OurLane, 'carrier_code' | 'from_country' | 'to_country'> | null;
  /** Ours counted as they seem to count, less theirs. */
  difference_hours: number | null;
  /** More than an hour and a tenth apart, with ten parcels or more on our side. */
  is_apart: boolean;
  reasons: string[];
}

const fewest = 10;

function explainLane(ours: OurLane | null, theirs: TransitTime | null): string[] {
  const reasons: string[] = [];
  if (ours === null)
    return ['no parcel of this lane is registered here, or none was delivered in the window'];
  if (theirs === null) return ['Sendcloud has no figure for it'];
  const { totalParcels } = theirs;
  if (totalParcels !== null && totalParcels > ours.finished) {
    reasons.push(
      `${totalParcels - ours.finished} of their parcels are not registered here, or not polled since`,
    );
  }
  if (totalParcels !== null && totalParcels < ours.finished) {
    reasons.push(`${ours.finished - totalParcels} more parcels here than theirs`);
  }
  if (ours.still_open > 0) reasons.push(`${ours.still_open} still open: they lengthen ours`);
  if (ours.went_back > 0) {
    reasons.push(`${ours.went_back} went back to the sender: theirs may count how the way back ended`);
  }
  if (ours.unmeasurable > 0)
    reasons.push(`${ours.unmeasurable} first seen late on their way: left out of ours`);
  if (ours.attempted_before > 0)
    reasons.push(`${ours.attempted_before} attempted before they were delivered: ours ends there`);
  if (ours.date_only > 0) reasons.push(`${ours.date_only} with a date and no time: left out of ours`);
  return reasons;
}

/** Sets both sides beside each other, the lanes with most parcels first. */
export function reconcileLanes(ours: readonly OurLane[], theirs: readonly TransitTime[]): ReconciledLane[] {
  const keyOf = (carrier: string, from: string | null, to: string | null) => [carrier, from, to].join('\n');
  const theirLanes = new Map(
    theirs.map((lane) => [keyOf(lane.carrierCode, lane.fromCountry, lane.toCountry), lane]),
  );
  const pairs = ours.map((lane) => {
    const key = keyOf(lane.carrier_code, lane.from_country, lane.to_country);
    const their = theirLanes.get(key) ?? null;
    theirLanes.delete(key);
    return { our: lane as OurLane | null, their };
  });
  for (const their of theirLanes.values()) pairs.push({ our: null, their });
  return pairs.flatMap(({ our, their }) => {
    // A lane without a finished parcel on either side has nothing to compare.
    if (their === null && (our === null || our.finished === 0)) return [];
    const { carrier_code, from_country, to_country, ...figures } = our ?? {
      carrier_code: their?.carrierCode ?? '',
      from_country: their?.fromCountry ?? null,
      to_country: their?.toCountry ?? null,
    };
    const difference =
      our?.finished_median_hours == null || their === null
        ? null
        : our.finished_median_hours - their.medianHours;
    const tolerance = Math.max(1, 0.1 * (their?.medianHours ?? 0));
    return [
      {
        carrier_code,
        from_country,
        to_country,
        theirs: their === null ? null : { median_hours: their.medianHours, parcels: their.totalParcels },
        ours: our === null ? null : (figures as ReconciledLane['ours']),
        difference_hours: difference === null ? null : Math.round(difference * 100) / 100,
        is_apart: difference !== null && (our?.finished ?? 0) >= fewest && Math.abs(difference) > tolerance,
        reasons: explainLane(our, their),
      },
    ];
  });
}

async function ask(context: Context, carrierCodes: string[], run: RunParameters): Promise<TransitTime[]> {
  const client = openClient(context);
  let answer: TransitTimesAnswer;
  try {
    const query = { carrierCodes, fromDate: run.window_start_date, toDate: run.window_end_date };
    answer = await client.getTransitTimes(query, context.signal);
  } catch (error) {
    if (error instanceof SendcloudError && error.code === 'forbidden') throw refuse('403', error);
    throw error;
  } finally {
    await client.close();
  }
  if (answer.kind === 'transit_times') return answer.lanes;
  if (answer.kind === 'unavailable') throw refuse('404');
  throw new ParcelmetricsError(
    answer.kind === 'failed'
      ? `the API gave no usable answer: ${answer.reason}`
      : `the API rejected the request: HTTP ${answer.status} ${answer.reasons.map(({ loc, type }) => `${loc} ${type}`).join('; ')}`,
    { code: 'transit_times', exitCode: 4, hint: 'Nothing was changed. Try again later.' },
  );
}

function refuse(status: string, cause?: unknown): ParcelmetricsError {
  return new ParcelmetricsError(
    `Sendcloud does not give its transit times to this account (HTTP ${status})`,
    {
      code: 'transit_times_unavailable',
      exitCode: 4,
      hint: 'They are a beta feature that depends on the plan. Nothing else needs them: all figures here come from your own events.',
      cause,
    },
  );
}

/** `reconcile`: reads the published snapshot and asks one request; changes nothing. */
export async function runReconcile(context: Context): Promise<number> {
  requireReadable(context.config.published);
  const reader = await openPublished(context.config.published);
  try {
    const [run] = await reader.all<RunParameters>('select * from run_parameters');
    const ours = await readOurLanes((sql, values) => reader.all(sql, values));
    const carriers = [...new Set(ours.map(({ carrier_code }) => carrier_code))].filter(
      (code) => code !== 'invalid_code',
    );
    if (run === undefined || carriers.length === 0) {
      throw usageError('no parcel of the window was scanned: there is nothing to compare', {
        hint: 'Nothing was sent.',
      });
    }
    const lanes = reconcileLanes(ours, await ask(context, carriers, run));
    const { window_start_date: from, window_end_date: to } = run;
    say(context, describeLanes(lanes, from, to), { from, to, lanes });
    return 0;
  } finally {
    reader.close();
  }
}

const sayHours = (hours: number | null | undefined) => (hours == null ? '-' : `${hours.toFixed(1)} h`);

function describeLanes(lanes: readonly ReconciledLane[], from: string, to: string): string {
  const rows = lanes.map((lane) => {
    const { theirs, ours, difference_hours: difference } = lane;
    return [
      lane.carrier_code,
      `${lane.from_country ?? '?'}-${lane.to_country ?? '?'}`,
      sayHours(theirs?.median_hours),
      theirs?.parcels == null ? '-' : String(theirs.parcels),
      sayHours(ours?.finished_median_hours),
      ours === null ? '-' : String(ours.finished),
      difference === null
        ? ''
        : `${difference > 0 ? '+' : ''}${difference.toFixed(1)} h${lane.is_apart ? ' (!)' : ''}`,
      ours?.transit_p50_hours == null
        ? '-'
        : `${sayHours(ours.transit_p50_hours)} (${ours.delivery_type}, n ${ours.transit_n})`,
      lane.reasons.join('; '),
    ];
  });
  const head = [
    'carrier',
    'lane',
    'theirs',
    'n',
    'ours, alike',
    'n',
    'apart',
    'ours, published',
    'why they may differ',
  ];
  return [
    `Median transit times, Sendcloud's beside ours, ${from} to ${to}\n\n`,
    layOut([head, ...rows], [null, null, null, null, null, null, null, null, 70]),
    '\n"ours, alike" is counted as theirs seem to be: parcels delivered in the window, from the first scan to the delivery, finished ones only.\n' +
      '"ours, published" is transit_p50_hours of the lane\'s largest delivery type: parcels that started in the window, to the first attempt,\n' +
      'open ones included. (!): more than an hour and a tenth apart on like terms, which is worth a question.\n',
  ].join('');
}
