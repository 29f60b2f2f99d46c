import type { Snapshot } from './snapshot.js';

/** How a figure is written and read. */
export type FigureKind = 'rate' | 'hours' | 'days' | 'count';

/** What a figure or a table is, in the words of the methodology page; `id` is its column or table, and the anchor of its definition. */
export interface Definition {
  id: string;
  name: string;
  kind: FigureKind;
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

type MetricRow = Snapshot['metrics'][number];

/** The parts of the methodology page, by the topic of a metric. */
const topics: Readonly<Record<string, string>> = {
  volume: 'Volume',
  first_scan: 'Label to first scan',
  transit: 'Transit',
  promise: 'Promise',
  exceptions: 'Exceptions and outcomes',
  adjusted: 'Adjusted for mix',
};

const kindOfUnit: Readonly<Record<string, FigureKind>> = {
  'share 0 to 1': 'rate',
  hours: 'hours',
  days: 'days',
  count: 'count',
};

function toDefinition(metric: MetricRow): Definition {
  return {
    id: metric.name,
    name: metric.title,
    kind: kindOfUnit[metric.unit] ?? 'count',
    meaning: metric.meaning,
    numerator: metric.counted,
    denominator: metric.out_of,
    cannotTell: metric.cannot_tell,
  };
}

/** The tables that are no metric, but that a section leads to. */
const tables: DefinitionGroup = {
  id: 'detail',
  title: 'Details, lists and alerts',
  definitions: [
    {
      id: 'comparisons',
      name: 'Like with like',
      kind: 'rate',
      meaning:
        'How many points more or fewer of its parcels a carrier has than the other carriers on the same lanes, with the same delivery type and service.',
      numerator: 'the carrier’s share less the others’, lane by lane, weighted with its own parcels',
      denominator: 'its parcels where the others have at least 5 beside them; how many these are is said',
      cannotTell:
        'Differences inside a lane, such as postal areas or sizes. What is said or in colour holds with all looks counted (Holm, 5 %).',
    },
    {
      id: 'label_waiting',
      name: 'Waiting by hour of label',
      kind: 'hours',
      meaning:
        'Median time to the first scan for labels made at one hour of one weekday, local to the origin.',
      numerator: 'hours from the label to the first scan',
      denominator: 'labels of the window made in that hour of the week',
      cannotTell: 'An hour with few labels says little; it is left blank below 10.',
    },
    {
      id: 'exception_episodes',
      name: 'Time to resolve an exception',
      kind: 'hours',
      meaning: 'Time from an exception to the next scan that moves the parcel forward.',
      numerator: 'hours from the first exception to the next forward scan',
      denominator: 'episodes of the window, those still open counted for as long as they were watched',
      cannotTell: 'A forward scan does not say that the customer is content.',
    },
    {
      id: 'pickup_point_dwell',
      name: 'Waiting at the pick-up point',
      kind: 'hours',
      meaning: 'Time from arrival at the pick-up point to collection.',
      numerator: 'hours from the arrival to the collection',
      denominator: 'parcels that reached a pick-up point, those still waiting included',
      cannotTell: 'Mostly the recipient’s time.',
    },
    {
      id: 'delay_breakdown',
      name: 'Where the time goes',
      kind: 'hours',
      meaning:
        'Where parcels are in the 14 days after their label: mean hours before the first scan (the shipper\u2019s), between scan and first attempt (the carrier\u2019s), and between attempt and delivery.',
      numerator: 'hours in each part, as areas between the curves of first scan, first attempt and delivery',
      denominator: 'parcels labelled in the window, those still open included',
      cannotTell:
        'What happens after 14 days. A returned or lost parcel stays in the part in which it ended.',
    },
    {
      id: 'promise_drift',
      name: 'Days early or late, and promise drift',
      kind: 'rate',
      meaning:
        'How many days after (or before) the first promise the parcel came, and how far the promise itself was moved.',
      numerator: 'parcels at each number of days',
      denominator: 'parcels with a promise',
      cannotTell: 'A moved promise does not rescue a parcel: only the first one is judged.',
    },
    {
      id: 'overdue_parcels',
      name: 'Overdue',
      kind: 'count',
      meaning: 'Open parcels whose first promised date has passed.',
      numerator: 'open parcels without an attempt after the promised date',
      denominator: 'a count, no rate',
      cannotTell: 'Parcels without a promise are never overdue.',
    },
    {
      id: 'targets',
      name: 'Agreed figures',
      kind: 'rate',
      meaning: 'What was agreed with a carrier, beside what came: met, missed, too close or too few to tell.',
      numerator: 'the agreed rate’s own parcels that count for it',
      denominator: 'the parcels that the rate asks, on the agreed lanes and days',
      cannotTell: 'Whose the miss is. The shipper’s late hand-over stands beside it.',
    },
    {
      id: 'alerts',
      name: 'Alerts',
      kind: 'count',
      meaning:
        'Weeks that stand apart from the carrier’s own weeks before: 2 of 3 outside limits of 2.75 sigma around their median (rates: Laney p′; few expected: exact), or 11 in a row on one side. Weeks that belong together are one alert.',
      numerator: 'full-grown weeks with at least 30 parcels and 8 earlier weeks to judge by',
      denominator: 'a count, no rate',
      cannotTell:
        'Why: an alert says that something changed, not what. At most 1 in 20 steady carrier-years alerts by chance, metric by metric; rare rates, few parcels and wide hours are often missed.',
    },
  ],
};

/** The definitions of a snapshot's metrics by topic, in their order, and those of its other tables. */
export function groupDefinitions({ metrics }: Pick<Snapshot, 'metrics'>): DefinitionGroup[] {
  const groups = Object.entries(topics).map(([topic, title]) => ({
    id: topic.replaceAll('_', '-'),
    title,
    definitions: metrics.filter((metric) => metric.topic === topic).map(toDefinition),
  }));
  return [...groups.filter(({ definitions }) => definitions.length > 0), tables];
}

/** The definition of a metric or table; one that the snapshot does not describe is named after its column. */
export function definitionOf({ metrics }: Pick<Snapshot, 'metrics'>, id: string): Definition {
  const metric = metrics.find(({ name }) => name === id);
  if (metric) return toDefinition(metric);
  const table = tables.definitions.find((each) => each.id === id);
  if (table) return table;
  const kind = id.endsWith('_hours') ? 'hours' : /_(rate|share)(_|$)/.test(id) ? 'rate' : 'count';
  return {
    id,
    name: id.replaceAll('_', ' '),
    kind,
    meaning: '',
    numerator: '',
    denominator: '',
    cannotTell: '',
  };
}
