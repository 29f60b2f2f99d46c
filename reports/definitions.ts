/** How a figure is written and read. */
export type FigureKind = 'rate' | 'hours' | 'days' | 'count';

/** One metric in the words of the methodology page; `id` is its column, and the anchor of its definition. */
export interface Definition {
  id: string;
  name: string;
  kind: FigureKind;
  /** Which way is good; null where neither is. */
  better: 'higher' | 'lower' | null;
  /** One sentence in plain words. */
  meaning: string;
  numerator: string;
  denominator: string;
  cannotTell: string;
}

export interface DefinitionGroup {
  id: string;
  title: string;
  definitions: readonly Definition[];
}

function rate(
  id: string,
  name: string,
  better: Definition['better'],
  meaning: string,
  numerator: string,
  denominator: string,
  cannotTell: string,
): Definition {
  return { id, name, kind: 'rate', better, meaning, numerator, denominator, cannotTell };
}

function count(id: string, name: string, meaning: string, counted: string, cannotTell: string): Definition {
  return {
    id,
    name,
    kind: 'count',
    better: null,
    meaning,
    numerator: counted,
    denominator: 'a count, no rate',
    cannotTell,
  };
}

function duration(
  id: string,
  name: string,
  kind: 'hours' | 'days',
  better: Definition['better'],
  meaning: string,
  numerator: string,
  denominator: string,
  cannotTell: string,
): Definition {
  return { id, name, kind, better, meaning, numerator, denominator, cannotTell };
}

const scan14 = 'parcels first scanned in the window, at least 14 days ago, and watched for those 14 days';
const scan30 = 'parcels first scanned in the window, at least 30 days ago, and watched for those 30 days';

const volume: DefinitionGroup = {
  id: 'volume',
  title: 'Volume',
  definitions: [
    count(
      'labelled',
      'Parcels labelled',
      'How many outbound parcels had their label made in the window.',
      'outbound parcels with a label date in the window, cancelled ones left out',
      'Whether the parcel was ever handed over: see never scanned.',
    ),
    count(
      'scanned',
      'Parcels scanned',
      'How many outbound parcels had their first carrier scan in the window.',
      'outbound parcels with a first physical scan in the window, cancelled ones left out',
      'It is another set of parcels than those labelled: one labelled on the last day is scanned after the window.',
    ),
    count(
      'due',
      'Parcels due',
      'How many outbound parcels were promised for a day in the window.',
      'parcels with a promised date in the window that has passed, or that were attempted',
      'Nothing about parcels that came without a promised date.',
    ),
    count(
      'open_now',
      'Open now',
      'Parcels of any age that were scanned and have no outcome yet.',
      'outbound parcels scanned, not delivered, returned, lost, cancelled or closed by the platform',
      'Most open parcels are simply on their way; look at stalled and overdue.',
    ),
    count(
      'stalled_now',
      'Stalled now',
      'Open parcels about which the carrier has been silent for more than 5 working days (7 at customs or at a pick-up point).',
      'open parcels silent for longer at the time of the last poll',
      'Silence is not loss: a carrier that scans little looks stalled sooner.',
    ),
  ],
};

const firstScan: DefinitionGroup = {
  id: 'first-scan',
  title: 'Label to first scan',
  definitions: [
    duration(
      'first_scan_p50_hours',
      'Label to first scan, median',
      'hours',
      'lower',
      'Half of the parcels had a first carrier scan within this time of their label.',
      'hours from the label to the first physical scan by the carrier',
      'parcels labelled in the window, those still waiting included',
      'Whose time it is: it holds your own picking and packing and the wait for collection. Carriers are not ranked on it.',
    ),
    duration(
      'first_scan_p90_hours',
      'Label to first scan, 9 in 10',
      'hours',
      'lower',
      'Nine in ten parcels had a first carrier scan within this time of their label.',
      'hours from the label to the first physical scan by the carrier',
      'parcels labelled in the window, those still waiting included',
      'The same as for the median.',
    ),
    rate(
      'first_scan_24h_share',
      'Scanned within 24 hours',
      'higher',
      'Share of parcels with a first carrier scan within 24 hours of the label; 48 hours likewise.',
      'parcels scanned within 24 hours (48 hours) of the label',
      'parcels labelled in the window, those still waiting counted for as long as they were watched',
      'Weekends and holidays run on: a label made on Friday evening has little chance.',
    ),
    rate(
      'never_scanned_7d_rate',
      'Never scanned within 7 days',
      'lower',
      'Share of labels without any carrier scan 7 days later.',
      'parcels without a first scan within 7 days of the label',
      'parcels labelled in the window at least 7 days ago and watched that long, not closed by the platform',
      'Why: an unused label, a parcel left in the warehouse and a scan that was missed look alike.',
    ),
    rate(
      'acceptance_scan_rate',
      'First scan is an acceptance',
      'higher',
      'Share of scanned parcels whose first scan was the acceptance itself.',
      'parcels whose first scan code is accepted',
      'parcels first scanned in the window',
      'It measures how well the hand-over is recorded, not how fast it is.',
    ),
    rate(
      'transit_measurable_rate',
      'Transit can be measured',
      'higher',
      'Share of scanned parcels that were scanned on the way in, so that their transit time is known.',
      'parcels whose first scan is an acceptance, a sorting, a transit or a customs scan',
      'parcels first scanned in the window',
      'A parcel first seen out for delivery has an unknown transit time, not a short one. It is left out of transit times.',
    ),
  ],
};

const transit: DefinitionGroup = {
  id: 'transit',
  title: 'Transit',
  definitions: [
    duration(
      'transit_p50_hours',
      'Transit, median',
      'hours',
      'lower',
      'Half of the parcels were brought to the door or to a pick-up point within this time of their first scan.',
      'hours from the first scan to the first attempt (delivered, attempted or at a pick-up point)',
      'parcels first scanned in the window whose transit can be measured, open ones included',
      'Mix: a carrier with the far lanes looks slow. Compare lanes, or the adjusted rates.',
    ),
    duration(
      'transit_p90_hours',
      'Transit, 9 in 10',
      'hours',
      'lower',
      'Nine in ten parcels were brought to the door or to a pick-up point within this time of their first scan.',
      'hours from the first scan to the first attempt',
      'parcels first scanned in the window whose transit can be measured, open ones included',
      'Where fewer than nine in ten ever get an attempt it is not reached, and the report says so.',
    ),
    duration(
      'transit_p95_hours',
      'Transit, 19 in 20',
      'hours',
      'lower',
      'Nineteen in twenty parcels were brought to the door or to a pick-up point within this time of their first scan.',
      'hours from the first scan to the first attempt',
      'parcels first scanned in the window whose transit can be measured, open ones included',
      'It rests on the slowest twentieth: with few parcels its interval is wide.',
    ),
    rate(
      'transit_reached_share',
      'Ever attempted',
      'higher',
      'Share of parcels with an attempt by the end of the time that can be watched.',
      'parcels attempted',
      'parcels first scanned in the window whose transit can be measured, open ones counted for as long as they were watched',
      'Young parcels have not had their time yet; the curve shows how far it can be trusted.',
    ),
    duration(
      'transit_working_days_p50',
      'Transit in working days, median',
      'days',
      'lower',
      'Working days from the first scan to the first attempt, half of the parcels; 9 in 10 likewise.',
      'working days after the day of the first scan, up to the day of the attempt: Monday to Friday without public holidays at the destination',
      'parcels first scanned in the window whose transit can be measured, open ones included',
      'Saturday deliveries count as zero or one day more than the calendar says; a seed file sets other working days.',
    ),
    rate(
      'transit_2_working_days_share',
      'Attempted within 2 working days',
      'higher',
      'Share of parcels attempted within two working days of the first scan. It judges lanes where no promise is known.',
      'parcels attempted within 2 working days',
      'parcels first scanned in the window whose transit can be measured, open ones counted for as long as they were watched',
      'Two working days are no promise: on a far lane hardly anybody reaches them.',
    ),
  ],
};

const promise: DefinitionGroup = {
  id: 'promise',
  title: 'Promise',
  definitions: [
    rate(
      'on_time_rate',
      'On time (carrier’s view)',
      'higher',
      'Of the parcels that the carrier had in hand by the promised day, the share attempted by that day.',
      'parcels with a first attempt on or before the promised date, local to the destination',
      'parcels promised for the window and scanned by the promised date; open, returned and lost ones are late once due',
      'Whether the promise was ambitious: a carrier that promises little keeps it easily.',
    ),
    rate(
      'promise_kept_rate',
      'Promise kept (customer’s view)',
      'higher',
      'Of all parcels promised for the window, the share attempted by the promised day, whoever was late.',
      'parcels with a first attempt on or before the promised date',
      'all parcels promised for the window, those handed over late included',
      'Whose fault a broken promise was: see handed over late.',
    ),
    rate(
      'promise_kept_plus_1d_rate',
      'Promise kept, or a day late',
      'higher',
      'The same, with one day of grace.',
      'parcels with a first attempt at most one day after the promised date',
      'all parcels promised for the window',
      'The same as for promise kept.',
    ),
    rate(
      'handed_over_late_rate',
      'Handed over late',
      'lower',
      'Share of promised parcels that the carrier first scanned after the promised day, or never: the shipper’s part.',
      'parcels whose first scan is after the promised date, or missing',
      'all parcels promised for the window',
      'A carrier that skips the first scan pushes parcels in here.',
    ),
    rate(
      'edd_coverage_rate',
      'Has a promise',
      null,
      'Share of scanned parcels for which the carrier gave an expected delivery date.',
      'parcels with a promised date',
      'parcels first scanned in the window',
      'Parcels without a promise are in no on-time figure, and may do better or worse.',
    ),
    rate(
      'promise_seen_late_rate',
      'Promise seen late',
      'lower',
      'Share of promises that a poll showed only after the first attempt.',
      'parcels whose promise was first seen after the first attempt',
      'scanned parcels with a promise',
      'Such a promise may have been changed before we saw it: a high share weakens the on-time figures.',
    ),
  ],
};

function exceptionGroup(group: string, name: string, whose: string): Definition {
  return rate(
    `exception_rate_${group}`,
    `Exceptions, ${name}`,
    'lower',
    `Share of parcels with a reported exception that ${whose} within 14 days of the first scan.`,
    'parcels with at least one such exception',
    scan14,
    'A parcel with exceptions of two groups counts in both, so that the groups add up to more than the whole.',
  );
}

const exceptions: DefinitionGroup = {
  id: 'exceptions',
  title: 'Exceptions and outcomes',
  definitions: [
    rate(
      'exception_rate',
      'Exceptions',
      'lower',
      'Share of parcels for which the carrier reported any exception within 14 days of the first scan.',
      'parcels with at least one reported exception',
      scan14,
      'A carrier that reports diligently looks worse than one that is silent.',
    ),
    exceptionGroup('carrier', 'carrier', 'lies with the carrier (delay, damage, off the radar)'),
    exceptionGroup('sender', 'sender', 'lies with the sender (late hand-over, failed announcement)'),
    exceptionGroup('recipient', 'recipient', 'lies with the recipient (address, refusal, not collected)'),
    exceptionGroup('border', 'border', 'arose at customs'),
    exceptionGroup('unattributed', 'unattributed', 'is put down to nobody'),
    rate(
      'inferred_exception_rate',
      'Inferred exceptions',
      'lower',
      'Share of parcels for which the platform, not the carrier, inferred an exception.',
      'parcels with at least one inferred exception',
      scan14,
      'It is a guess of the platform and in no other figure.',
    ),
    rate(
      'first_attempt_success_rate',
      'First attempt succeeds',
      'higher',
      'Of the home parcels that were attempted, the share delivered at the first attempt.',
      'home parcels whose first attempt was the delivery',
      'home parcels first scanned in the window with a first attempt',
      'A parcel brought straight to a pick-up point is no success here, though the customer may have asked for it.',
    ),
    rate(
      'diverted_to_pickup_rate',
      'Diverted to a pick-up point',
      null,
      'Of the home parcels that were attempted, the share that went to a pick-up point.',
      'home parcels that reached a pick-up point',
      'home parcels first scanned in the window with a first attempt',
      'Whether the recipient or the carrier chose it.',
    ),
    rate(
      'returned_30d_rate',
      'Returned',
      'lower',
      'Share of parcels sent back within 30 days of the first scan.',
      'parcels returned to the sender',
      scan30,
      'Why they came back.',
    ),
    rate(
      'lost_30d_rate',
      'Lost',
      'lower',
      'Share of parcels reported missing or claimed, and not scanned since, within 30 days of the first scan.',
      'parcels with outcome lost',
      scan30,
      'A parcel that is never reported missing stays open: see unresolved.',
    ),
    rate(
      'forced_30d_rate',
      'Closed by the platform',
      'lower',
      'Share of parcels that the platform closed as delivered without a scan, within 30 days of the first scan.',
      'parcels with outcome forced',
      scan30,
      'Whether they arrived. They leave the on-time figures: read this rate beside them.',
    ),
    rate(
      'unresolved_30d_rate',
      'Unresolved',
      'lower',
      'Share of parcels with neither an attempt nor an outcome 30 days after the first scan.',
      'parcels without attempt and outcome within 30 days',
      scan30,
      'Lost and never scanned again look alike.',
    ),
  ],
};

const adjusted: DefinitionGroup = {
  id: 'adjusted',
  title: 'Adjusted for mix',
  definitions: [
    rate(
      'on_time_rate_adj',
      'On time, adjusted',
      'higher',
      'The on-time rate that the carrier would have with everybody’s mix of lanes, delivery types and service levels.',
      'the carrier’s rate in each stratum, weighted with all carriers’ parcels there',
      'strata in which the carrier has at least 5 parcels',
      'It corrects for the mix that is known; parcel weight, season and postcodes are not in it.',
    ),
    rate(
      'on_time_rate_expected',
      'On time, expected',
      null,
      'What all other carriers achieve on this carrier’s own mix.',
      'the others’ rate in each stratum, weighted with this carrier’s parcels there',
      'strata in which the others have at least 5 parcels',
      'Nothing where the carrier is alone on its lanes.',
    ),
    rate(
      'exception_rate_carrier_adj',
      'Carrier exceptions, adjusted',
      'lower',
      'The rate of exceptions put down to the carrier, on everybody’s mix.',
      'the carrier’s rate in each stratum, weighted with all carriers’ parcels there',
      'strata in which the carrier has at least 5 parcels',
      'The same as for on time, adjusted.',
    ),
    rate(
      'adj_support',
      'Support',
      null,
      'Share of everybody’s parcels that lie in strata which the carrier serves. Below 50 % the adjusted rate is shown but not ranked.',
      'parcels of all carriers in strata where the carrier has at least 5',
      'parcels of all carriers',
      'High support does not make a small n large: read the interval too.',
    ),
  ],
};

const detail: DefinitionGroup = {
  id: 'detail',
  title: 'Details, lists and alerts',
  definitions: [
    duration(
      'label_waiting',
      'Waiting by hour of label',
      'hours',
      'lower',
      'Median time to the first scan for labels made at one hour of one weekday, local to the origin.',
      'hours from the label to the first scan',
      'labels of the window made in that hour of the week',
      'An hour with few labels says little; it is left blank below 10.',
    ),
    duration(
      'exception_episodes',
      'Time to resolve an exception',
      'hours',
      'lower',
      'Time from an exception to the next scan that moves the parcel forward.',
      'hours from the first exception to the next forward scan',
      'episodes of the window, those still open counted for as long as they were watched',
      'A forward scan does not say that the customer is content.',
    ),
    duration(
      'pickup_point_dwell',
      'Waiting at the pick-up point',
      'hours',
      null,
      'Time from arrival at the pick-up point to collection.',
      'hours from the arrival to the collection',
      'parcels that reached a pick-up point, those still waiting included',
      'Mostly the recipient’s time.',
    ),
    duration(
      'delay_breakdown',
      'Where the time goes',
      'hours',
      null,
      'Mean time of delivered parcels, split into label to scan (shipper), scan to attempt and attempt to delivery (carrier) and pick-up point to collection (recipient).',
      'hours in each part',
      'delivered parcels of the window, and only those',
      'Parcels that are still open or lost are not in it, so it flatters. Use it for the split, not for the level.',
    ),
    rate(
      'promise_drift',
      'Days early or late, and promise drift',
      null,
      'How many days after (or before) the first promise the parcel came, and how far the promise itself was moved.',
      'parcels at each number of days',
      'parcels with a promise',
      'A moved promise does not rescue a parcel: only the first one is judged.',
    ),
    count(
      'overdue_parcels',
      'Overdue',
      'Open parcels whose first promised date has passed.',
      'open parcels without an attempt after the promised date',
      'Parcels without a promise are never overdue.',
    ),
    count(
      'alerts',
      'Alerts',
      'Weeks that stand apart from the carrier’s own weeks before: 2 of 3 outside limits of 2.75 sigma around their median (rates: Laney p′; few expected: exact), or 11 in a row on one side. Weeks that belong together are one alert.',
      'full-grown weeks with at least 30 parcels and 8 earlier weeks to judge by',
      'Why: an alert says that something changed, not what. At most 1 in 20 steady carrier-years alerts by chance, metric by metric; rare rates, few parcels and wide hours are often missed.',
    ),
  ],
};

export const definitionGroups: readonly DefinitionGroup[] = [
  volume,
  firstScan,
  transit,
  promise,
  exceptions,
  adjusted,
  detail,
];

const byId = new Map(
  definitionGroups.flatMap((group) => group.definitions).map((definition) => [definition.id, definition]),
);

/** The definition of a metric; one that is not described here is named after its column. */
export function definitionOf(id: string): Definition {
  const kind = id.endsWith('_hours') ? 'hours' : /_(rate|share)(_|$)/.test(id) ? 'rate' : 'count';
  return (
    byId.get(id) ?? {
      id,
      name: id.replaceAll('_', ' '),
      kind,
      better: null,
      meaning: '',
      numerator: '',
      denominator: '',
      cannotTell: '',
    }
  );
}
