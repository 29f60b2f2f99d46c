import { utc } from '@date-fns/utc';
import { addDays } from 'date-fns/addDays';
import { formatISO } from 'date-fns/formatISO';
import { makeRandom } from '../pages/made.js';

/** A parcel's way, as the fixture makes it up: each in both cohorts of cell_hours. */
export interface MadeParcel {
  start_date: string;
  carrier_code: string;
  from_country: string | null;
  to_country: string | null;
  delivery_type: string;
  service_level: string;
  shipping_option_code: string;
  brand_id: number | null;
  account: string;
  /** Hours in transit, and how it ended. */
  hours: number;
  ending: 'interest' | 'competing' | 'censored';
  rates: Record<string, boolean | null>;
}

const carriers = ['postnl', 'dpd', 'gls', 'correos'];
const lanes: [string | null, string | null][] = [
  ['NL', 'NL'],
  ['NL', 'BE'],
  ['NL', 'DE'],
  ['DE', 'NL'],
  ['NL', null],
];
const types = ['home', 'service_point'];
const services = ['standard', 'express', 'unknown'];
const brands = [null, 7, 12];

const dueRates = ['on_time_rate', 'promise_kept_rate', 'promise_foreseen_rate'];
export const madeRates = [
  ...dueRates,
  'transit_2_working_days_rate',
  'exception_rate_carrier',
  'first_attempt_success_rate',
];
export const cohortOf = (rate: string) => (dueRates.includes(rate) ? 'due' : 'scan');

/** Parcels of 400 days before 3 November 2026; common mixes and rare ones, so that choices run from thousands to none. */
export function makeParcels(count: number, seed = 7): MadeParcel[] {
  const random = makeRandom(seed);
  const pick = <Item>(items: readonly Item[], slope = 2): Item =>
    items[Math.floor(random() ** slope * items.length)] as Item;
  const last = new Date('2026-11-02T00:00:00Z');
  return Array.from({ length: count }, (_, place) => {
    const carrier = pick(carriers);
    const lane = pick(lanes);
    const answer = (asked: number, share: number) => (random() < asked ? random() < share : null);
    const slow = carriers.indexOf(carrier) * 6 + lanes.indexOf(lane) * 9;
    const end = random();
    const promised = random() < 0.8;
    return {
      start_date: formatISO(addDays(last, -Math.floor(random() * 400), { in: utc }), {
        representation: 'date',
        in: utc,
      }),
      carrier_code: carrier,
      from_country: lane[0],
      to_country: lane[1],
      delivery_type: pick(types),
      service_level: pick(services),
      shipping_option_code: `${carrier}:${pick(['a', 'b'])}`,
      brand_id: pick(brands),
      account: place % 3 === 0 ? 'outlet' : 'shop',
      hours: end < 0.9 ? 12 + slow - 20 * Math.log(1 - random()) : 360 * random() + 20,
      ending: end < 0.95 ? 'interest' : end < 0.97 ? 'competing' : 'censored',
      rates: {
        on_time_rate: promised ? answer(0.95, 0.95 - slow / 200) : null,
        promise_kept_rate: promised ? answer(1, 0.93 - slow / 200) : null,
        promise_foreseen_rate: promised ? answer(0.95, carrier === 'gls' ? 0.7 : 0.99) : null,
        transit_2_working_days_rate: answer(0.8, 0.9 - slow / 80),
        exception_rate_carrier: answer(0.9, 0.03 + slow / 900),
        first_attempt_success_rate: answer(0.7, 0.9),
      },
    };
  });
}

const keyOf = (parcel: MadeParcel) => ({
  start_date: parcel.start_date,
  carrier_code: parcel.carrier_code,
  from_country: parcel.from_country,
  to_country: parcel.to_country,
  delivery_type: parcel.delivery_type,
  service_level: parcel.service_level,
  shipping_option_code: parcel.shipping_option_code,
  brand_id: parcel.brand_id,
  account: parcel.account,
});

/** The rows of `cells` and `cell_hours` that these parcels would be counted in. */
export function countCells(
  parcels: readonly MadeParcel[],
): Record<'cells' | 'cell_hours', Record<string, unknown>[]> {
  const cells = new Map<string, Record<string, unknown>>();
  const hours = new Map<string, Record<string, unknown>>();
  const add = (map: typeof cells, key: Record<string, unknown>, counts: Record<string, number>) => {
    const text = JSON.stringify(key);
    const row = map.get(text) ?? { ...key };
    for (const [name, count] of Object.entries(counts)) row[name] = Number(row[name] ?? 0) + count;
    map.set(text, row);
  };
  for (const parcel of parcels) {
    const key = keyOf(parcel);
    for (const cohort of ['due', 'scan'] as const) {
      const counts: Record<string, number> = {};
      for (const rate of madeRates) {
        const answer = cohortOf(rate) === cohort ? parcel.rates[rate] : null;
        counts[`${rate}_n`] = typeof answer === 'boolean' ? 1 : 0;
        counts[`${rate}_x`] = answer === true ? 1 : 0;
      }
      add(cells, { cohort, ...key }, counts);
    }
    const hour = Math.floor(Math.min(parcel.hours, 336));
    for (const cohort of ['scan', 'label'])
      add(
        hours,
        { cohort, ...key, hour },
        {
          interest: parcel.ending === 'interest' ? 1 : 0,
          competing: parcel.ending === 'competing' ? 1 : 0,
          censored: parcel.ending === 'censored' ? 1 : 0,
        },
      );
  }
  return { cells: [...cells.values()], cell_hours: [...hours.values()] };
}
