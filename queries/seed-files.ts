type ColumnType = 'varchar' | 'integer' | 'double' | 'boolean' | 'date';

export interface Column {
  name: string;
  type: ColumnType;
  /** May be empty, which becomes null. */
  isOptional?: boolean;
  allowed?: readonly string[];
  pattern?: RegExp;
  /** Limits of a number, both inclusive. */
  range?: readonly [number, number];
  /** Came after files of analysts were written: these may lack it, which is as if it were empty. */
  isNew?: boolean;
}

export interface Seed {
  name: string;
  key: readonly string[];
  columns: readonly Column[];
  /** Columns that an analyst's own file has to take over as they are, row by row: the models know them. */
  fixed?: readonly string[];
  /** No parcel is derived from it: another file makes nothing anew. */
  isApart?: boolean;
}

const exceptionGroups = ['sender', 'recipient', 'carrier', 'border', 'unattributed'];
const deliveryTypes = ['home', 'mailbox', 'service_point'];
const slice = ['carrier_code', 'from_country', 'to_country', 'delivery_type', 'service_level'];
/** A carrier's code as the tables have it. */
const slug = /^[a-z0-9_:/=.-]+$/;
const serviceLevels = ['express', 'standard', 'economy', 'freight', 'unknown'];

/** Every seed: its file is `<name>.csv`, its table `seed_<name>` (with seed_row, the row's line in the file). */
export const seeds: readonly Seed[] = [
  {
    name: 'status_codes',
    key: ['status_code'],
    columns: [
      { name: 'status_code', type: 'varchar', pattern: /^[a-z0-9_:./=-]{1,64}$/ },
      { name: 'phase', type: 'varchar' },
      { name: 'scan_order', type: 'integer', isOptional: true },
      { name: 'is_scan', type: 'boolean' },
      { name: 'is_exception', type: 'boolean' },
      { name: 'exception_group', type: 'varchar', isOptional: true, allowed: exceptionGroups },
      { name: 'words', type: 'varchar', isOptional: true, isNew: true },
    ],
  },
  {
    name: 'country_zones',
    key: ['country_code'],
    columns: [
      { name: 'country_code', type: 'varchar', pattern: /^[A-Z]{2}$/ },
      { name: 'time_zone', type: 'varchar' },
    ],
  },
  {
    name: 'service_levels',
    key: ['pattern'],
    columns: [
      { name: 'pattern', type: 'varchar' },
      { name: 'service_level', type: 'varchar', allowed: serviceLevels },
    ],
  },
  {
    name: 'operating_days',
    key: ['carrier_code', 'country_code'],
    columns: [
      { name: 'carrier_code', type: 'varchar', isOptional: true },
      { name: 'country_code', type: 'varchar', isOptional: true, pattern: /^[A-Z]{2}$/ },
      { name: 'operating_weekdays', type: 'varchar', pattern: /^(?!.*(.).*\1)[1-7]{1,7}$/ },
    ],
  },
  {
    name: 'carriers',
    key: ['carrier_code'],
    columns: [
      { name: 'carrier_code', type: 'varchar' },
      { name: 'carrier_name', type: 'varchar' },
      { name: 'colour_order', type: 'integer', isOptional: true },
      { name: 'claim_days', type: 'integer', isOptional: true, isNew: true, range: [1, 3650] },
    ],
  },
  {
    name: 'thresholds',
    key: ['name'],
    columns: [
      {
        name: 'name',
        type: 'varchar',
        allowed: [
          'withheld_below',
          'ranked_from',
          'stalled_working_days',
          'stalled_working_days_waiting',
          'standardised_from',
          'adjusted_support_from',
          'alert_weeks',
        ],
      },
      { name: 'value', type: 'double' },
      { name: 'meaning', type: 'varchar', isOptional: true },
    ],
  },
  {
    name: 'targets',
    key: [...slice, 'metric', 'from_date', 'to_date'],
    isApart: true,
    columns: [
      { name: 'carrier_code', type: 'varchar', isOptional: true, pattern: slug },
      { name: 'from_country', type: 'varchar', isOptional: true, pattern: /^[A-Z]{2}$/ },
      { name: 'to_country', type: 'varchar', isOptional: true, pattern: /^[A-Z]{2}$/ },
      { name: 'delivery_type', type: 'varchar', isOptional: true, allowed: deliveryTypes },
      { name: 'service_level', type: 'varchar', isOptional: true, allowed: serviceLevels },
      { name: 'metric', type: 'varchar' },
      { name: 'target', type: 'double', range: [0, 1] },
      { name: 'from_date', type: 'date', isOptional: true },
      { name: 'to_date', type: 'date', isOptional: true },
      { name: 'note', type: 'varchar', isOptional: true },
    ],
  },
  {
    name: 'notes',
    key: ['date', 'carrier_code', 'text'],
    isApart: true,
    columns: [
      { name: 'date', type: 'date' },
      { name: 'carrier_code', type: 'varchar', isOptional: true, pattern: slug },
      { name: 'text', type: 'varchar' },
    ],
  },
  {
    name: 'metrics',
    key: ['name'],
    fixed: ['name', 'unit', 'cohort', 'horizon_days', 'is_compared', 'topic', 'estimator', 'rests_on'],
    columns: [
      { name: 'name', type: 'varchar', pattern: /^[a-z][a-z0-9_]*$/ },
      { name: 'title', type: 'varchar' },
      { name: 'unit', type: 'varchar', allowed: ['share 0 to 1', 'hours', 'days', 'count'] },
      { name: 'better', type: 'varchar', isOptional: true, allowed: ['higher', 'lower'] },
      { name: 'cohort', type: 'varchar', isOptional: true, allowed: ['label', 'scan', 'due'] },
      { name: 'horizon_days', type: 'integer', isOptional: true },
      { name: 'alert_horizon', type: 'integer', isOptional: true },
      { name: 'meaning', type: 'varchar' },
      { name: 'counted', type: 'varchar' },
      { name: 'out_of', type: 'varchar' },
      { name: 'cannot_tell', type: 'varchar' },
      { name: 'is_compared', type: 'boolean' },
      {
        name: 'topic',
        type: 'varchar',
        allowed: ['volume', 'first_scan', 'transit', 'promise', 'exceptions', 'adjusted'],
      },
      {
        name: 'estimator',
        type: 'varchar',
        allowed: ['count', 'duration', 'rate', 'adjusted', 'difference'],
      },
      {
        name: 'rests_on',
        type: 'varchar',
        isOptional: true,
        allowed: ['acceptance', 'attempt', 'pickup_point', 'exception', 'promise'],
      },
    ],
  },
];

/** The names of the seed files, without `.csv`. */
export const seedNames: readonly string[] = seeds.map((seed) => seed.name);
