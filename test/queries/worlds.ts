/** Worlds of counts: carriers that are alike on the same lanes, week by week, and perhaps one incident at one of them. */
import { drawCount } from './chance.js';
import { type Bench, pointColumns, standardThresholds, type Value } from './steps.js';

export interface Incident {
  carrier: string;
  country: string;
  weeks: number;
  /** By how much the share on time falls. */
  depth: number;
  /** Parcels that it costs, on average. */
  loss: number;
  /** The standard deviation of the lane's count in the weeks of the incident, had nothing happened. */
  spread: number;
}

export interface World {
  points: Value[][];
  lanes: Value[][];
  strata: Value[][];
  asOf: string;
  incident: Incident | null;
}

const carriers = ['dhl', 'dpd', 'gls', 'ups'];
const countries = ['AT', 'BE', 'DE', 'ES', 'FR', 'IT'];
/** The weeks of a period of 90 days, and how many of the latest have not had their whole horizon. */
const comparedWeeks = 13;
const metrics = [
  { name: 'on_time_rate', unripe: 0, least: 0.85, most: 0.95 },
  { name: 'first_attempt_success_rate', unripe: 2, least: 0.8, most: 0.93 },
];

const monday = (week: number) => new Date(Date.UTC(2025, 0, 6 + 7 * week)).toISOString().slice(0, 10);

export function drawWorld(random: () => number, isCalm: boolean): World {
  const between = (least: number, most: number) => least + (most - least) * random();
  const pick = <Item>(items: Item[]) => items[Math.floor(random() * items.length)] as Item;
  const weekCount = Math.floor(between(30, 54));
  const rates = metrics.map(({ least, most }) => countries.map(() => between(least, most)));
  const volumes = carriers.map(() => countries.map(() => 10 * 12 ** random()));
  function drawIncident(): Incident {
    const carrier = pick(carriers);
    const country = pick(countries);
    const weeks = 1 + Math.floor(4 * random());
    const depth = between(0.1, 0.7);
    const volume = volumes[carriers.indexOf(carrier)]?.[countries.indexOf(country)] ?? 0;
    // a smaller one is nobody's case
    if (volume * weeks * depth < 15) return drawIncident();
    return { carrier, country, weeks, depth, loss: 0, spread: 0 };
  }
  const incident = drawIncident();
  const { carrier, country, weeks, depth } = incident;

  const sums = new Map<string, { metric: number; carrier: string; week: number; x: number; n: number }>();
  const lanes: Value[][] = [];
  const strata = new Map<string, { keys: Value[]; x: number; n: number }>();
  carriers.forEach((carrierCode, c) => {
    countries.forEach((to, l) => {
      for (let week = 0; week < weekCount; week += 1) {
        const n = Math.round((volumes[c]?.[l] ?? 0) * between(0.8, 1.2));
        metrics.forEach(({ name }, m) => {
          const usual = rates[m]?.[l] ?? 0;
          const isHere = m === 0 && carrierCode === carrier && to === country;
          const isHit = isHere && week >= weekCount - weeks;
          const x = drawCount(random, n, isHit && !isCalm ? usual - depth : usual);
          const variance = isHere ? n * usual * (1 - usual) : 0;
          if (isHit) {
            incident.loss += n * depth;
            incident.spread += variance;
          }
          lanes.push([carrierCode, 'NL', to, 'home', name, monday(week), x, n]);
          const sumKey = `${carrierCode} ${m} ${week}`;
          const sum = sums.get(sumKey) ?? { metric: m, carrier: carrierCode, week, x: 0, n: 0 };
          sums.set(sumKey, { ...sum, x: sum.x + x, n: sum.n + n });
          if (week < weekCount - comparedWeeks) return;
          const key = `${carrierCode} ${to} ${m}`;
          const stratum = strata.get(key) ?? {
            keys: ['current', name, carrierCode, 'NL', to, 'home', 'standard'],
            x: 0,
            n: 0,
          };
          strata.set(key, { ...stratum, x: stratum.x + x, n: stratum.n + n });
        });
      }
    });
  });
  incident.spread = Math.sqrt(incident.spread);
  return {
    points: [...sums.values()].map(({ metric, carrier, week, x, n }) => {
      const { name = '', unripe = 0 } = metrics[metric] ?? {};
      return [carrier, name, monday(week), x / n, x, n, true, true, week < weekCount - unripe];
    }),
    lanes,
    strata: [...strata.values()].map(({ keys, x, n }) => [...keys, x, n]),
    // the third day after the last Sunday: its promises have had their horizon
    asOf: new Date(Date.UTC(2025, 0, 6 + 7 * weekCount + 2)).toISOString().slice(0, 10),
    incident: isCalm ? null : incident,
  };
}

export const moveColumns = `carrier_code varchar, old_hour integer, new_hour integer, is_worse boolean, waited_from bigint, n bigint, x bigint,
  day_count bigint, late_days bigint, usual_n bigint, usual_x bigint, usual_day_count bigint, usual_late_days bigint, is_borne_out boolean,
  p double`;

/** What is the same in every world. */
export async function giveFrame(bench: Bench): Promise<void> {
  await bench.give('seed_thresholds', 'name varchar, value double', [
    ...standardThresholds,
    ['adjusted_support_from', 0.5],
  ]);
  await bench.give('metrics', 'name varchar, better varchar, alert_horizon integer', [
    ['on_time_rate', 'higher', 2],
    ['first_attempt_success_rate', 'higher', 14],
  ]);
  await bench.give(
    'stratum_curves',
    'period varchar, metric varchar, side varchar, carrier_code varchar, from_country varchar, to_country varchar, delivery_type varchar, service_level varchar, n double, share double, variance double',
    [],
  );
  await bench.give(
    'case_history',
    'kind varchar, carrier_code varchar, from_country varchar, to_country varchar, delivery_type varchar, metric varchar, since date',
    [],
  );
  // nothing was agreed
  await bench.give(
    'targets',
    `target_number bigint, carrier_code varchar, from_country varchar, to_country varchar, delivery_type varchar, service_level varchar,
     metric varchar, target double, from_date date, to_date date, n bigint, x bigint, rate double, short_by bigint, short_by_lo bigint,
     short_by_hi bigint`,
    [],
  );
  await bench.give('cut_off_moves', moveColumns, []);
  // all promises were read in time
  const groups = carriers.flatMap((carrier) => [
    ['carrier', carrier, '', '', ''],
    ...countries.map((to) => ['lane', carrier, 'NL', to, 'home']),
  ]);
  await bench.give(
    'groups',
    'group_id bigint, period varchar, grain varchar, carrier_code varchar, from_country varchar, to_country varchar, delivery_type varchar',
    groups.map((group, index) => [index + 1, 'current', ...group]),
  );
  await bench.give(
    'rates',
    'group_id bigint, metric varchar, rate double',
    groups.map((_, index) => [index + 1, 'promise_foreseen_rate', 1]),
  );
}

export interface FirstCase {
  carrier_code: string;
  from_country: string | null;
  to_country: string | null;
  kind: string;
}

const models = [
  'watched_weeks',
  'alert_baselines',
  'weekly_control',
  'alerts',
  'alert_lanes',
  'lane_changes',
  'comparison_terms',
  'compared',
  'gate_candidates',
  'candidates',
  'case_facts',
  'cases',
];

/** The cases of a world, first things first: Holm's step-down takes one world at a time. */
export async function findCases(bench: Bench, world: World): Promise<FirstCase[]> {
  await bench.give('run_parameters', 'as_of_date date', [[world.asOf]]);
  await bench.give('weekly_points', pointColumns, world.points);
  await bench.give(
    'lane_weeks',
    'carrier_code varchar, from_country varchar, to_country varchar, delivery_type varchar, metric varchar, week_start_date date, x bigint, n bigint',
    world.lanes,
  );
  await bench.give(
    'stratum_rates',
    'period varchar, metric varchar, carrier_code varchar, from_country varchar, to_country varchar, delivery_type varchar, service_level varchar, x double, n double',
    world.strata,
  );
  for (const model of models) await bench.run(model);
  return bench.rows<FirstCase>('select * from cases order by case_number');
}
