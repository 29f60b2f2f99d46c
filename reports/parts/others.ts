import { estimateShare } from '../drawing/wilson.js';
import type { CarrierPerformanceRow, CarrierRow, Snapshot } from '../snapshot.js';

/** Stands for the merged carriers; no carrier code has a tilde in front. */
export const othersCode = '~others';
export const othersName = 'All other carriers';

type Columns = Record<string, unknown>;

function readNumber(row: Columns, column: string): number | null {
  const value = row[column];
  return typeof value === 'number' ? value : null;
}

/**
 * All carriers less one. Counts and rates can be taken apart (x = rate times n); percentiles and curves cannot, and are null.
 */
export function subtractCarrier(
  all: CarrierPerformanceRow,
  own: CarrierPerformanceRow | undefined,
): CarrierPerformanceRow {
  const [total, part] = [all as unknown as Columns, (own ?? {}) as unknown as Columns];
  const result: Columns = {};
  for (const column of Object.keys(total)) result[column] = null;
  for (const count of ['labelled', 'scanned', 'due', 'open_now', 'stalled_now']) {
    const whole = readNumber(total, count);
    result[count] = whole === null ? null : whole - (readNumber(part, count) ?? 0);
  }
  for (const column of Object.keys(total)) {
    const rate = column.replace(/_n$/, '');
    if (rate === column || !(rate in total)) continue;
    const n = (readNumber(total, column) ?? 0) - (readNumber(part, column) ?? 0);
    const count = (row: Columns) => Math.round((readNumber(row, rate) ?? 0) * (readNumber(row, column) ?? 0));
    const x = count(total) - count(part);
    const limits = n > 0 ? estimateShare(x, n) : null;
    result[column] = n;
    result[rate] = limits ? x / n : null;
    result[`${rate}_lo`] = limits?.lo ?? null;
    result[`${rate}_hi`] = limits?.hi ?? null;
  }
  return { ...result, period: all.period, carrier_code: othersCode } as CarrierPerformanceRow;
}

/** How many other carriers have parcels in the current period: one alone can be read off "all other carriers". */
export function countOthers(snapshot: Snapshot, code: string): number {
  return snapshot.carrierPerformance.filter(
    (row) => row.period === 'current' && row.carrier_code !== '*' && row.carrier_code !== code,
  ).length;
}

/** What the others report, as if they were one: what any of them does, and never what one never does and no other was seen to. */
function mergeReports(rows: Snapshot['carrierReports']): Snapshot['carrierReports'] {
  return [...new Set(rows.map(({ kind }) => kind))].map((kind) => {
    const ofKind = rows.filter((row) => row.kind === kind);
    const sum = (column: 'parcels' | 'reported') => ofKind.reduce((total, row) => total + row[column], 0);
    return {
      carrier_code: othersCode,
      kind,
      parcels: sum('parcels'),
      reported: sum('reported'),
      is_reported: sum('reported') > 0 || (ofKind.some((row) => row.is_reported === false) ? false : null),
    };
  });
}

/**
 * What one carrier may see: its own rows, those of all carriers together, and the others merged as far as published figures can be
 * taken apart. No tracking number, no other carrier's code or name.
 */
export function keepOneCarrier(snapshot: Snapshot, code: string): Snapshot {
  const isOwn = (row: { carrier_code: string }) => row.carrier_code === code;
  const isOwnOrAll = (row: { carrier_code: string }) => row.carrier_code === code || row.carrier_code === '*';
  const own = snapshot.carriers.filter(isOwn).map((carrier) => ({ ...carrier, colour_rank: 1 }));
  const others: CarrierRow = {
    carrier_code: othersCode,
    carrier_name: othersName,
    colour_rank: 99,
    first_landed_date: '',
    claim_days: null,
    parcels: snapshot.carriers.filter((row) => !isOwn(row)).reduce((sum, row) => sum + row.parcels, 0),
  };
  const ownPerformance = snapshot.carrierPerformance.filter(isOwn);
  const merged = snapshot.carrierPerformance
    .filter((row) => row.carrier_code === '*')
    .map((all) =>
      subtractCarrier(
        all,
        ownPerformance.find((row) => row.period === all.period),
      ),
    )
    .filter((row) => (row.labelled || row.scanned || row.due) > 0);
  const laneKey = (row: Snapshot['lanes'][number]) =>
    JSON.stringify([row.from_country, row.to_country, row.delivery_type]);
  const ownLanes = new Set(snapshot.lanes.filter(isOwn).map(laneKey));
  return {
    ...snapshot,
    carriers: merged.length > 0 ? [...own, others] : own,
    carrierPerformance: [...snapshot.carrierPerformance.filter(isOwnOrAll), ...merged],
    lanes: snapshot.lanes.filter((row) => isOwnOrAll(row) && ownLanes.has(laneKey(row))),
    shippingOptions: snapshot.shippingOptions.filter(isOwn),
    transitCurves: snapshot.transitCurves.filter(isOwnOrAll),
    changes: snapshot.changes.filter(isOwn),
    exceptionCodes: snapshot.exceptionCodes.filter(isOwn),
    episodes: snapshot.episodes.filter(isOwn),
    pickupDwell: snapshot.pickupDwell.filter(isOwn),
    labelWaiting: snapshot.labelWaiting.filter(isOwn),
    cutOffs: snapshot.cutOffs.filter(isOwn),
    delays: snapshot.delays.filter(isOwn),
    parcelDays: snapshot.parcelDays.filter(isOwn),
    drift: snapshot.drift.filter(isOwn),
    stalled: [],
    overdue: [],
    control: snapshot.control.filter(isOwn),
    alerts: snapshot.alerts.filter(isOwn),
    alertLanes: snapshot.alertLanes.filter(isOwn),
    // a difference to the others tells of them where they are few
    comparisons: [],
    unjudgedWeeks: snapshot.unjudgedWeeks.filter(isOwn),
    targets: snapshot.targets.filter((row) => row.carrier_code === code),
    notes: snapshot.notes.filter((row) => row.carrier_code === code),
    // what is said against the others would tell of them
    cases: snapshot.cases.filter((row) => isOwn(row) && row.compared_with !== 'others'),
    caseEvidence: snapshot.caseEvidence.map((evidence) => ({
      ...evidence,
      ...{ weeks: evidence.weeks.filter(isOwn), parcels: [], parcel_count: 0 },
    })),
    candidates: snapshot.candidates.filter(isOwn),
    carrierReports: [
      ...snapshot.carrierReports.filter(isOwn),
      ...mergeReports(snapshot.carrierReports.filter((row) => !isOwn(row))),
    ],
    quality: snapshot.quality.map((row) => ({ ...row, worst_carrier_code: null, worst_carrier_share: null })),
  };
}
