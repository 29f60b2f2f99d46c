import { makeParameters, rateColumns, spanColumns, type Tables } from './fixture.js';

type Columns = Record<string, unknown>;

export interface MadeCarrier {
  code: string;
  name: string;
  parcels: number;
  /** Median transit, hours. */
  transit: number;
  onTime: number;
  exceptions: number;
  /** Share of promises that were read in time; nearly all when missing. */
  foreseen?: number;
  /** Kinds of carrier_reports that it never reports. */
  neverReports?: string[];
}

export interface MadeOptions {
  carriers?: MadeCarrier[];
  lanes?: [string, string][];
  /** Every text from outside goes through this. */
  text?: (plain: string) => string;
  hasPromises?: boolean;
  openParcels?: number;
}

export const someCarriers: MadeCarrier[] = [
  { code: 'postnl', name: 'PostNL', parcels: 9400, transit: 26, onTime: 0.953, exceptions: 0.031 },
  { code: 'dpd', name: 'DPD', parcels: 5200, transit: 38, onTime: 0.914, exceptions: 0.052 },
  { code: 'gls', name: 'GLS', parcels: 3100, transit: 61, onTime: 0.842, exceptions: 0.091 },
  { code: 'dhl_express', name: 'DHL Express', parcels: 640, transit: 22, onTime: 0.971, exceptions: 0.024 },
  { code: 'correos', name: 'Correos', parcels: 24, transit: 80, onTime: 0.8, exceptions: 0.12 },
  { code: 'brt', name: 'BRT', parcels: 7, transit: 70, onTime: 0.9, exceptions: 0.1 },
];

/** Those of the seed. */
const thresholds = {
  withheld_below: 10,
  ranked_from: 30,
  stalled_working_days: 5,
  stalled_working_days_waiting: 7,
  standardised_from: 5,
  adjusted_support_from: 0.5,
  alert_weeks: 8,
};

const someLanes: [string, string][] = [
  ['NL', 'NL'],
  ['NL', 'DE'],
  ['NL', 'BE'],
  ['NL', 'FR'],
  ['DE', 'DE'],
  ['NL', 'ES'],
  ['NL', 'IT'],
  ['NL', 'GB'],
];

/** A small generator of numbers in [0, 1), the same each time (mulberry32). */
export function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function figures(carrier: MadeCarrier, n: number, hasPromises: boolean, shift = 0): Columns {
  const due = hasPromises ? Math.round(n * 0.93) : 0;
  const onTime = Math.min(0.99, Math.max(0.05, carrier.onTime + shift));
  const aged = Math.round(n * 0.85);
  const width = 0.6 / Math.sqrt(Math.max(1, n));
  return {
    labelled: Math.round(n * 1.03),
    scanned: n,
    due,
    first_scan_n: Math.round(n * 1.03),
    transit_n: n,
    transit_working_days_n: n,
    ...rateColumns('never_scanned_7d_rate', 0.014, n),
    ...rateColumns('acceptance_scan_rate', 0.71, n),
    ...rateColumns('transit_measurable_rate', 0.97, n),
    ...rateColumns('on_time_rate', onTime, due),
    ...rateColumns('promise_foreseen_rate', carrier.foreseen ?? 0.98, due),
    ...rateColumns('promise_kept_rate', onTime - 0.03, due),
    ...rateColumns('promise_kept_plus_1d_rate', Math.min(0.99, onTime + 0.02), due),
    ...rateColumns('handed_over_late_rate', 0.03, due),
    ...rateColumns('edd_coverage_rate', hasPromises ? 0.93 : 0, n),
    ...rateColumns('promise_seen_late_rate', 0.02, due),
    ...rateColumns('exception_rate', carrier.exceptions, aged),
    ...rateColumns('exception_rate_sender', carrier.exceptions * 0.2, aged),
    ...rateColumns('exception_rate_recipient', carrier.exceptions * 0.3, aged),
    ...rateColumns('exception_rate_carrier', carrier.exceptions * 0.5, aged),
    ...rateColumns('exception_rate_border', carrier.exceptions * 0.05, aged),
    ...rateColumns('exception_rate_unattributed', carrier.exceptions * 0.1, aged),
    ...rateColumns('inferred_exception_rate', 0.01, aged),
    ...rateColumns('first_attempt_success_rate', 0.9, Math.round(n * 0.8)),
    ...rateColumns('diverted_to_pickup_rate', 0.06, Math.round(n * 0.8)),
    ...rateColumns('returned_30d_rate', 0.018, Math.round(n * 0.67)),
    ...rateColumns('lost_30d_rate', 0.002, Math.round(n * 0.67)),
    ...rateColumns('forced_30d_rate', 0.003, Math.round(n * 0.67)),
    ...rateColumns('unresolved_30d_rate', 0.004, Math.round(n * 0.67)),
    ...spanColumns('first_scan_p50_hours', 11, width),
    ...spanColumns('first_scan_p90_hours', 30, width * 1.4),
    ...spanColumns('transit_p50_hours', carrier.transit, width),
    ...spanColumns('transit_p90_hours', carrier.transit * 2.1, width * 1.5),
    ...spanColumns('transit_p95_hours', carrier.code === 'gls' ? null : carrier.transit * 2.9, width * 2),
    ...spanColumns('first_scan_24h_share', 0.82, width * 0.2),
    ...spanColumns('first_scan_48h_share', 0.95, width * 0.1),
    ...spanColumns('transit_reached_share', carrier.code === 'gls' ? 0.943 : 0.985, width * 0.05),
    ...spanColumns('transit_working_days_p50', Math.ceil(carrier.transit / 24), 0),
    ...spanColumns('transit_working_days_p90', Math.ceil((carrier.transit * 2.1) / 24), 0),
    ...rateColumns('transit_2_working_days_rate', Math.min(0.98, 30 / carrier.transit), n),
  };
}

function pooled(carriers: MadeCarrier[], code: string): MadeCarrier {
  const parcels = carriers.reduce((sum, carrier) => sum + carrier.parcels, 0);
  const mean = (read: (carrier: MadeCarrier) => number) =>
    carriers.reduce((sum, carrier) => sum + read(carrier) * carrier.parcels, 0) / Math.max(1, parcels);
  return {
    code,
    name: 'All carriers',
    parcels,
    transit: mean((carrier) => carrier.transit),
    onTime: mean((carrier) => carrier.onTime),
    exceptions: mean((carrier) => carrier.exceptions),
    foreseen: mean((carrier) => carrier.foreseen ?? 0.98),
  };
}

function makeCurve(carrier: MadeCarrier, scale: number): Columns[] {
  const { value, width } = {
    value: carrier.transit * scale,
    width: 0.6 / Math.sqrt(Math.max(1, carrier.parcels)),
  };
  return Array.from({ length: 337 }, (_, hours) => {
    const share = hours === 0 ? 0 : 0.985 / (1 + (hours / value) ** -3.2);
    return {
      carrier_code: carrier.code,
      hours,
      share,
      share_lo: share * (1 - width * 0.3),
      share_hi: Math.min(1, share * (1 + width * 0.3)),
      at_risk: Math.round(carrier.parcels * (1.01 - share) * Math.max(0, 1 - hours / 400)),
    };
  });
}

const weekMs = 7 * 24 * 3600 * 1000;

function makeControl(carrier: MadeCarrier, metric: string, value: number, random: () => number): Columns[] {
  return Array.from({ length: 26 }, (_, week) => {
    const isLast = week >= 24;
    const isOff = carrier.code === 'gls' && metric === 'on_time_rate' && (week === 24 || week === 25);
    return {
      carrier_code: carrier.code,
      metric,
      week_start_date: new Date(Date.UTC(2026, 4, 4) + week * weekMs).toISOString().slice(0, 10),
      value: isOff ? value * 0.88 : value * (0.99 + random() * 0.02),
      n: Math.max(1, Math.round(carrier.parcels / 13)),
      is_mature: !isLast || metric === 'on_time_rate',
      centre: value,
      limit_lo: week < 8 ? null : value * 0.95,
      limit_hi: week < 8 ? null : value * 1.05,
      outside: isOff ? 'below' : null,
      marked: isOff ? 'below' : null,
    };
  });
}

/** The carriers' counts by week on the lanes that the cases are about: GLS falls off on one of them. */
function makeCells(carriers: readonly MadeCarrier[], text: (plain: string) => string): Columns[] {
  const lanes = [
    { to_country: 'BE', cohort: 'due', rate: 'on_time_rate', usual: 0.92, off: 8 / 38, n: 19 },
    { to_country: 'NL', cohort: 'scan', rate: 'exception_rate_carrier', usual: 0.05, off: 0.1, n: 23 },
  ];
  return carriers.slice(0, 3).flatMap(({ code }) =>
    lanes.flatMap(({ to_country, cohort, rate, usual, off, n }) =>
      Array.from({ length: 30 }, (_, week) => ({
        ...{ cohort, carrier_code: code, from_country: 'NL', to_country, delivery_type: 'home' },
        ...{ service_level: text('standard'), shipping_option_code: text(`${code}:standard`) },
        start_date: new Date(Date.UTC(2026, 3, 6) + week * weekMs).toISOString().slice(0, 10),
        [`${rate}_n`]: n,
        [`${rate}_x`]: Math.round(n * (code === 'gls' && week >= 28 ? off : usual)),
        ...{ promise_foreseen_rate_n: n, promise_foreseen_rate_x: n },
        ...{ handed_over_late_rate_n: n + 1, handed_over_late_rate_x: 1 },
      })),
    ),
  );
}

function makeChanges(carrier: MadeCarrier, hasPromises: boolean): Columns[] {
  const row = (
    metric: string,
    current: number,
    previous: number,
    half: number | null,
    better: 'up' | 'down',
  ): Columns => {
    const isCompared = carrier.parcels >= 30;
    const difference = current - previous;
    const isClear = half === null ? Math.abs(difference) > 4 : Math.abs(difference) > half;
    const word = difference > 0 === (better === 'up') ? 'better' : 'worse';
    return {
      carrier_code: carrier.code,
      metric,
      current_value: current,
      previous_value: previous,
      difference,
      difference_lo: half === null ? null : difference - half,
      difference_hi: half === null ? null : difference + half,
      current_n: carrier.parcels,
      previous_n: Math.round(carrier.parcels * 0.95),
      is_clear: isCompared ? isClear : null,
      direction: !isCompared ? 'not comparable' : isClear ? word : 'no clear change',
    };
  };
  const half = 0.6 / Math.sqrt(carrier.parcels);
  const isGls = carrier.code === 'gls';
  return [
    ...(hasPromises
      ? [row('on_time_rate', carrier.onTime, carrier.onTime + (isGls ? 0.041 : 0.001), half, 'up')]
      : []),
    row(
      'exception_rate',
      carrier.exceptions,
      carrier.exceptions - (isGls ? 0.02 : 0.0005),
      half * 0.8,
      'down',
    ),
    row('first_attempt_success_rate', 0.9, 0.897, half, 'up'),
    row('first_scan_p50_hours', 11, carrier.code === 'dpd' ? 16 : 11.5, null, 'down'),
    row('transit_p50_hours', carrier.transit, carrier.transit + 0.7, null, 'down'),
    row('transit_p90_hours', carrier.transit * 2.1, carrier.transit * 2.1 - 1, null, 'down'),
  ];
}

interface MadeLanes {
  lanes: [string, string][];
  hasPromises: boolean;
  text: (plain: string) => string;
  parcelsOn: (carrier: MadeCarrier, lane: number) => number;
  isServed: (carrier: MadeCarrier, place: number, lane: number) => boolean;
}

/** Each carrier, and each on its lanes, against the mean of all; sure where it is far off with many parcels. */
function makeComparisons(carriers: MadeCarrier[], all: MadeCarrier, made: MadeLanes): Columns[] {
  const compare = (carrier: MadeCarrier, n: number, metric: string, gap: number, others: number): Columns => {
    const half = 0.7 / Math.sqrt(Math.max(1, n));
    const isComparable = n >= 30 && others >= 30;
    return {
      period: 'current',
      carrier_code: carrier.code,
      other_carrier_code: '*',
      metric,
      difference: gap,
      difference_lo: Math.max(-1, gap - half),
      difference_hi: Math.min(1, gap + half),
      n,
      share: carrier.parcels > 1000 ? 0.93 : 0.31,
      other_n: others,
      extra: gap * n,
      own_rate: carrier.onTime,
      other_rate: carrier.onTime - gap,
      p: 0.01,
      is_comparable: isComparable,
      is_worse: metric.startsWith('exception') ? gap > 0 : gap < 0,
      is_sure: isComparable && Math.abs(gap) > 1.6 * half,
    };
  };
  const gaps = (carrier: MadeCarrier): [string, number][] => [
    ...(made.hasPromises ? [['on_time_rate', carrier.onTime - all.onTime] as [string, number]] : []),
    ['transit_2_working_days_rate', (all.transit - carrier.transit) / 200],
    ['transit_vs_others_2d', (all.transit - carrier.transit) / 150],
    ['exception_rate_carrier', (carrier.exceptions - all.exceptions) / 2],
  ];
  if (carriers.length < 2) return [];
  return carriers.flatMap((carrier, place) =>
    gaps(carrier).flatMap(([metric, gap]) => [
      { scope: 'carrier', ...compare(carrier, carrier.parcels, metric, gap, all.parcels - carrier.parcels) },
      ...made.lanes.flatMap(([from, to], lane) => {
        const n = made.parcelsOn(carrier, lane);
        if (n === 0 || !made.isServed(carrier, place, lane)) return [];
        const others = made.parcelsOn(all, lane) - n;
        const where = {
          from_country: made.text(from),
          to_country: made.text(to),
          delivery_type: made.text('home'),
        };
        return [{ scope: 'lane', ...where, ...compare(carrier, n, metric, gap, others) }];
      }),
    ]),
  );
}

/** Accounts, as a night of several has them. */
export function makeAccounts(...names: string[]): Record<string, unknown>[] {
  return names.map((account, place) => ({
    account,
    number_count: 1200 + place,
    parcel_count: 1000 + place,
    data_as_of: `2026-11-0${place + 1} 04:12:00`,
  }));
}

/** A snapshot's tables, full of figures that hang together roughly: for looking at pages and trying them. */
export function makeTables(options: MadeOptions = {}): Tables {
  const text = options.text ?? ((plain: string) => plain);
  const carriers = (options.carriers ?? someCarriers).map((carrier) => ({
    ...carrier,
    shown: text(carrier.name),
  }));
  const lanes = options.lanes ?? someLanes;
  const hasPromises = options.hasPromises ?? true;
  const random = makeRandom(7);
  const all = pooled(carriers, '*');
  const everyone = carriers.length > 0 ? [...carriers, all] : [];
  const control = everyone.flatMap((carrier) => [
    ...(hasPromises ? makeControl(carrier, 'on_time_rate', carrier.onTime, random) : []),
    ...makeControl(carrier, 'exception_rate_carrier', carrier.exceptions, random),
    ...makeControl(carrier, 'transit_p50_hours', carrier.transit, random),
    ...makeControl(carrier, 'first_scan_p50_hours', 11, random),
  ]);
  const laneParcels = (carrier: MadeCarrier, index: number) =>
    Math.round((carrier.parcels * 0.45) / (index + 1));
  // of hundreds of lanes each carrier serves the largest and a few more, as it is
  const isServed = ({ code }: MadeCarrier, place: number, lane: number) =>
    code === '*' || lane < 30 || place % 10 === lane % 10;
  const open = Array.from({ length: carriers.length > 0 ? (options.openParcels ?? 60) : 0 }, (_, index) => {
    const carrier = carriers[index % carriers.length];
    const lane = lanes[index % lanes.length] ?? ['NL', 'NL'];
    return {
      tracking_number: text(`3S${String(100000 + index)}`),
      carrier_code: carrier?.code,
      from_country: text(lane[0]),
      to_country: text(lane[1]),
      delivery_type: text('home'),
      shipping_option_code: text('carrier:standard'),
      first_scan_at: '2026-10-20 09:12:00',
      current_status: text('in_transit'),
      current_status_at: '2026-10-23 18:00:00',
      last_carrier_event_at: '2026-10-23 18:00:00',
      edd_original: '2026-10-24',
      observed_at: '2026-11-03 04:10:00',
      silent_working_days: 6 + (index % 9),
      days_overdue: 10 - (index % 9),
    };
  });
  return {
    run_parameters: [makeParameters()],
    carriers: carriers.map((carrier, index) => ({
      carrier_code: carrier.code,
      carrier_name: carrier.shown,
      colour_rank: index + 1,
      first_landed_date: '2026-01-01',
      claim_days: null,
      parcels: carrier.parcels,
    })),
    carrier_performance: [...carriers, all].flatMap((carrier) =>
      ['current', 'previous'].map((period) => ({
        period,
        carrier_code: carrier.code,
        ...figures(carrier, carrier.parcels, hasPromises),
        open_now: period === 'current' ? Math.round(carrier.parcels * 0.03) : null,
        stalled_now: period === 'current' ? Math.round(carrier.parcels * 0.002) : null,
        ...(hasPromises && carrier.code !== '*'
          ? {
              ...spanColumns('on_time_rate_adj', carrier.onTime - 0.01, 0.5 / Math.sqrt(carrier.parcels)),
              on_time_rate_expected: all.onTime - 0.004,
              on_time_rate_adj_support: carrier.parcels > 1000 ? 0.93 : 0.31,
            }
          : {}),
        ...spanColumns(
          'exception_rate_carrier_adj',
          carrier.exceptions * 0.55,
          2 / Math.sqrt(carrier.parcels || 1),
        ),
        exception_rate_carrier_expected: all.exceptions * 0.5,
        exception_rate_carrier_adj_support: carrier.parcels > 1000 ? 0.93 : 0.31,
        adj_support: carrier.parcels > 1000 ? 0.93 : 0.31,
      })),
    ),
    carrier_reports: carriers.flatMap(({ code, parcels, neverReports = [] }) =>
      ['acceptance', 'attempt', 'pickup_point', 'exception', 'promise', 'sub_status'].map((kind) => ({
        carrier_code: code,
        kind,
        parcels: 4 * parcels,
        reported: neverReports.includes(kind) ? 0 : parcels,
        is_reported: !neverReports.includes(kind) || (parcels >= 75 ? false : null),
      })),
    ),
    lane_performance: lanes.flatMap(([from, to], index) =>
      everyone
        .filter((carrier, place) => laneParcels(carrier, index) > 0 && isServed(carrier, place, index))
        .map((carrier) => ({
          period: 'current',
          carrier_code: carrier.code,
          from_country: text(from),
          to_country: text(to),
          delivery_type: text('home'),
          ...figures(
            carrier,
            laneParcels(carrier, index),
            hasPromises,
            carrier.code === 'dpd' && to === 'FR' ? -0.15 : 0,
          ),
        })),
    ),
    comparisons: makeComparisons(carriers, all, {
      lanes,
      hasPromises,
      text,
      parcelsOn: laneParcels,
      isServed,
    }),
    shipping_option_performance: carriers.flatMap((carrier) =>
      ['standard', 'express'].map((level, index) => ({
        period: 'current',
        carrier_code: carrier.code,
        shipping_option_code: text(`${carrier.code}:${level}`),
        ...figures(carrier, Math.round((carrier.parcels * (2 - index)) / 3), hasPromises),
      })),
    ),
    transit_curves: everyone.flatMap((carrier) => makeCurve(carrier, 1)),
    first_scan_curves: everyone.flatMap((carrier) => makeCurve({ ...carrier, transit: 11 }, 1)),
    period_changes: everyone.flatMap((carrier) => makeChanges(carrier, hasPromises)),
    exception_codes: carriers.flatMap((carrier) =>
      [
        ['carrier', 'delivery_delay'],
        ['recipient', 'address_error'],
        ['carrier', 'damaged'],
        ['border', 'customs_issue'],
        ['unattributed', 'hold'],
      ].map(([group, code], index) => {
        const n = Math.max(1, Math.round(carrier.parcels * 0.85));
        const parcels = Math.round((n * carrier.exceptions * 0.4) / (index + 1));
        const limits = rateColumns('share', parcels / n, n);
        return {
          carrier_code: carrier.code,
          exception_group: group,
          status_code: text(code ?? ''),
          sub_status_code: text(''),
          parcels,
          events: parcels + 3,
          share: limits.share,
          share_lo: limits.share_lo,
          share_hi: limits.share_hi,
          n,
        };
      }),
    ),
    exception_episode_summary: everyone.flatMap((carrier) =>
      ['*', 'carrier', 'recipient'].map((group) => ({
        carrier_code: carrier.code,
        exception_group: group,
        episodes: Math.round(carrier.parcels * carrier.exceptions),
        ...spanColumns('resolved_p50_hours', 28, 0.1),
        resolved_p90_hours: group === 'carrier' ? null : 90,
      })),
    ),
    pickup_point_dwell: carriers.map((carrier) => ({
      carrier_code: carrier.code,
      parcels: Math.round(carrier.parcels * 0.1),
      ...spanColumns('dwell_p50_hours', 31, 0.1),
      ...spanColumns('dwell_p90_hours', 110, 0.1),
      ...spanColumns('collected_share', 0.94, 0.02),
    })),
    label_waiting: everyone.flatMap((carrier) =>
      Array.from({ length: 168 }, (_, slot) => {
        const weekday = Math.floor(slot / 24) + 1;
        const hour = slot % 24;
        const wait = (hour < 15 ? 17 - hour : 41 - hour) + (weekday >= 5 ? (8 - weekday) * 20 : 0);
        return {
          carrier_code: carrier.code,
          label_weekday: weekday,
          label_hour: hour,
          labels: Math.round((carrier.parcels / 168) * (hour > 6 && hour < 20 ? 2 : 0.3)),
          ...spanColumns('median_hours', wait, 0.1),
        };
      }),
    ),
    hand_over_cut_offs: everyone.map((carrier) => {
      const isFound = carrier.parcels >= 100;
      const labelled = Math.round(carrier.parcels * 0.7);
      const found = {
        ...{ cut_off_hour: 15, step_hours: 22, labelled_after: Math.round(labelled / 4) },
        ...{ ...spanColumns('hours_before', 4, 0.1), hours_before_n: Math.round(labelled / 12) },
        ...{ ...spanColumns('hours_after', 26, 0.1), hours_after_n: Math.round(labelled / 16) },
      };
      return {
        ...{ carrier_code: carrier.code, period: 'current', labelled, hours_counted: isFound ? 12 : 1 },
        ...(isFound ? found : {}),
      };
    }),
    targets: everyone
      .filter(({ code }) => hasPromises && (code === 'gls' || code === 'postnl'))
      .map(({ code, onTime, parcels }, index) => ({
        target_number: index + 1,
        carrier_code: code,
        metric: 'on_time_rate',
        target: 0.93,
        note: text('contract 2026'),
        ...{ first_start_date: '2026-08-05', last_start_date: '2026-11-02' },
        ...{ n: parcels, rate: onTime, rate_lo: onTime - 0.01, rate_hi: onTime + 0.01 },
        verdict: onTime > 0.94 ? 'met' : 'missed',
        short_by: Math.round((0.93 - onTime) * parcels),
        short_by_lo: Math.round((0.92 - onTime) * parcels),
        short_by_hi: Math.round((0.94 - onTime) * parcels),
      })),
    notes: [
      { date: '2026-10-21', text: text('Strike in Belgium') },
      { date: '2026-09-01', carrier_code: carriers[0]?.code ?? 'nobody', text: text('New depot') },
    ],
    delay_breakdown: everyone.map((carrier) => ({
      carrier_code: carrier.code,
      hours_to_scan: 13,
      hours_to_attempt: carrier.transit * 1.2,
      hours_to_delivery: 10,
      parcels: Math.round(carrier.parcels * 0.94),
    })),
    parcel_days: everyone.flatMap((carrier) =>
      Array.from({ length: 337 }, (_, hours) => ({
        carrier_code: carrier.code,
        hours,
        scanned_share: hours / (hours + 13),
        attempted_share: (0.98 * hours) / (hours + 13 + carrier.transit),
        delivered_share: (0.96 * hours) / (hours + 23 + carrier.transit),
      })),
    ),
    promise_drift: (hasPromises ? everyone : []).flatMap((carrier) =>
      ['drift', 'days_late'].flatMap((kind) =>
        Array.from({ length: 10 }, (_, index) => {
          const share = [0.02, 0.09, 0.74, 0.08, 0.03, 0.02, 0.01, 0.005, 0.003, 0.002][index] ?? 0;
          return {
            carrier_code: carrier.code,
            kind,
            days: index - 2,
            parcels: Math.round(carrier.parcels * share),
            share,
            n: carrier.parcels,
          };
        }),
      ),
    ),
    stalled_parcels: open.map(({ days_overdue, ...row }) => row),
    overdue_parcels: open.slice(0, 40).map(({ silent_working_days, ...row }) => row),
    weekly_control: control,
    cells: makeCells(carriers, text),
    cases: everyone
      .filter(({ code }) => code === 'gls')
      .flatMap(({ code }) => [
        {
          ...{ case_number: 1, kind: 'alert', carrier_code: code, from_country: 'NL', to_country: 'BE' },
          ...{
            metric: 'on_time_rate',
            compared_with: 'before',
            n: 38,
            x: 8,
            value: 8 / 38,
            usual: 0.912,
            extra: -26.7,
          },
          ...{ p: 1e-9, p_holm: 1e-7, since: '2026-10-19', weeks: 2, looked_at: 61 },
          ...{ elsewhere_n: 115, elsewhere_x: 104, elsewhere_usual: 0.9, is_elsewhere_unchanged: true },
        },
        {
          ...{
            case_number: 2,
            kind: 'lane',
            carrier_code: code,
            from_country: 'NL',
            to_country: 'NL',
            delivery_type: 'home',
          },
          ...{
            metric: 'exception_rate_carrier',
            compared_with: 'others',
            n: 300,
            x: 30,
            value: 0.1,
            usual: 0.05,
            extra: 15,
          },
          ...{ share: 1, p: 1e-6, p_holm: 1e-4, since: '2026-11-01', looked_at: 61 },
        },
      ]),
    candidates: everyone.map(({ code }) => ({
      ...{ kind: 'comparison', scope: 'carrier', carrier_code: code, metric: 'on_time_rate' },
      ...{ is_worse: true, p: 0.4, p_holm: 1, is_sure: false },
    })),
    alerts: control
      .filter((row, index) => row.marked !== null && control[index - 1]?.marked === null)
      .map((row) => ({
        carrier_code: row.carrier_code,
        metric: row.metric,
        side: 'below',
        is_worse: true,
        first_week: row.week_start_date,
        last_week: new Date(Date.parse(String(row.week_start_date)) + weekMs).toISOString().slice(0, 10),
        weeks: 2,
        kind: 'outside',
        is_open: true,
        value: row.value,
        n: row.n,
        usual: row.centre,
        p: 1e-6,
      })),
    alert_lanes: control
      .filter((row, index) => row.marked !== null && control[index - 1]?.marked === null)
      .filter(({ metric }) => metric === 'on_time_rate')
      .map((row) => ({
        ...{ carrier_code: row.carrier_code, metric: row.metric, side: 'below' },
        ...{ first_week: row.week_start_date, delivery_type: text('home') },
        ...{ from_country: text('NL'), to_country: text('BE') },
        ...{ n: 38, x: 8, usual: 0.916, extra: -26.8, is_named: true },
      })),
    data_quality: [
      ['unmapped_status_code', 12, 0.0002, false],
      ['quarantined_event', 40, 0.0007, false],
      ['not_observed_long_enough', 210, 0.012, true],
      ['promise_seen_late', 300, 0.02, false],
    ].map(([name, count, share, isWarning]) => ({
      check_name: text(String(name)),
      count,
      share,
      worst_carrier_code: carriers[0]?.code ?? null,
      worst_carrier_share: carriers[0] ? 0.03 : null,
      meaning: text(`What ${String(name).replaceAll('_', ' ')} means, in one sentence.`),
      is_warning: isWarning,
    })),
    thresholds: Object.entries(thresholds).map(([name, value]) => ({
      name,
      value,
      meaning: text(`what ${name.replaceAll('_', ' ')} decides`),
    })),
  };
}

/** The same with every agreed figure past the gate, where its verdict is met or missed. */
export function makeTargetsSure(tables: Tables): Tables {
  const passed = (tables.targets ?? [])
    .filter(({ verdict }) => verdict === 'met' || verdict === 'missed')
    .map(({ target_number, carrier_code, metric, verdict }) => ({
      ...{ kind: 'target', scope: 'carrier', carrier_code: carrier_code ?? '*', metric, target_number },
      ...{ is_worse: verdict === 'missed', p: 1e-6, p_holm: 1e-5, is_sure: true },
    }));
  return { ...tables, candidates: [...(tables.candidates ?? []), ...passed] };
}
