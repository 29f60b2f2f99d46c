import type { Country } from './calendar.js';

export type Lane = `${Country}-${Country}`;
export type DeliveryType = 'home' | 'mailbox' | 'service_point';

/** How fast a lane is: weights of the working day (1st, 2nd, ...) after acceptance on which delivery is first attempted. */
export interface Speed {
  days: readonly number[];
  /** The working day that the carrier promises. */
  promiseDays: number;
}

export interface Carrier {
  code: string;
  /** What its tracking numbers begin with. */
  prefix: string;
  /** Share of all parcels, as a weight. */
  weight: number;
  lanes: readonly (readonly [Lane, number])[];
  speeds: Partial<Record<Lane, Speed>>;
  /** A lane that got slower at the end of the simulated time. */
  slowdown?: { lane: Lane; lastDays: number; days: readonly number[] };
  deliveryTypes: readonly (readonly [DeliveryType, number])[];
  optionCodes: readonly (readonly [string, number])[];
  contractId: number;
  /** Share of parcels with an expected delivery date. */
  promiseShare: number;
  /** Share of parcels first seen out for delivery. */
  unscannedShare: number;
  /** Share of deliveries stamped with a date alone. */
  dateOnlyShare: number;
  /** Share of delays that the carrier explains with an exception. */
  delayReportShare: number;
  /** Losses, stalls and other mishaps, relative to the usual. */
  troubleFactor: number;
}

/** One table for dpd and gls: the same speed on each lane, so that only their mixes tell them apart. */
const roadSpeeds: Carrier['speeds'] = {
  'NL-NL': { days: [66, 30, 3, 0.7, 0.3], promiseDays: 2 },
  'NL-BE': { days: [34, 57, 6, 2, 1], promiseDays: 2 },
  'NL-DE': { days: [16, 64, 13, 5, 2], promiseDays: 2 },
  'NL-FR': { days: [0, 20, 46, 20, 9, 5], promiseDays: 3 },
  'DE-DE': { days: [58, 36, 4, 1.5, 0.5], promiseDays: 2 },
  'DE-FR': { days: [0, 22, 45, 19, 9, 5], promiseDays: 3 },
};

const usual = {
  promiseShare: 0.9,
  unscannedShare: 0,
  dateOnlyShare: 0,
  delayReportShare: 0.45,
  troubleFactor: 1,
};

/** Merchant in the Netherlands with a second warehouse in Germany. All names of lanes are origin-destination. */
export const carriers: readonly Carrier[] = [
  {
    ...usual,
    code: 'postnl',
    prefix: '3SPMD',
    weight: 40,
    lanes: [
      ['NL-NL', 61],
      ['NL-BE', 26],
      ['NL-DE', 9],
      ['NL-FR', 3],
      ['NL-GB', 1],
    ],
    speeds: {
      'NL-NL': { days: [95.5, 3.5, 0.7, 0.3], promiseDays: 1 },
      'NL-BE': { days: [62, 33, 4, 1], promiseDays: 2 },
      'NL-DE': { days: [26, 62, 8, 3, 1], promiseDays: 2 },
      'NL-FR': { days: [0, 30, 54, 12, 4], promiseDays: 3 },
      'NL-GB': { days: [0, 4, 40, 36, 13, 7], promiseDays: 4 },
    },
    slowdown: { lane: 'NL-BE', lastDays: 21, days: [3, 15, 42, 29, 11] },
    deliveryTypes: [
      ['home', 72],
      ['mailbox', 14],
      ['service_point', 14],
    ],
    optionCodes: [
      ['postnl:standard', 82],
      ['postnl:standard/signature', 18],
    ],
    contractId: 517,
    delayReportShare: 0.5,
    troubleFactor: 0.8,
  },
  {
    ...usual,
    code: 'dpd',
    prefix: '0150',
    weight: 23,
    lanes: [
      ['NL-NL', 50],
      ['NL-BE', 17],
      ['NL-DE', 12],
      ['NL-FR', 6],
      ['DE-DE', 12],
      ['DE-FR', 3],
    ],
    speeds: roadSpeeds,
    deliveryTypes: [
      ['home', 86],
      ['service_point', 14],
    ],
    optionCodes: [['dpd:standard', 1]],
    contractId: 733,
  },
  {
    ...usual,
    code: 'gls',
    prefix: 'GL',
    weight: 17,
    lanes: [
      ['NL-NL', 13],
      ['NL-BE', 14],
      ['NL-DE', 24],
      ['NL-FR', 27],
      ['DE-DE', 9],
      ['DE-FR', 13],
    ],
    speeds: roadSpeeds,
    deliveryTypes: [
      ['home', 86],
      ['service_point', 14],
    ],
    optionCodes: [['gls:standard', 1]],
    contractId: 841,
  },
  {
    ...usual,
    code: 'dhl_express',
    prefix: 'JD01',
    weight: 8,
    lanes: [
      ['NL-DE', 22],
      ['NL-FR', 20],
      ['NL-GB', 24],
      ['NL-US', 14],
      ['DE-GB', 12],
      ['DE-US', 8],
    ],
    speeds: {
      'NL-DE': { days: [90, 8, 2], promiseDays: 1 },
      'NL-FR': { days: [86, 11, 3], promiseDays: 1 },
      'NL-GB': { days: [34, 50, 11, 5], promiseDays: 2 },
      'NL-US': { days: [2, 52, 32, 10, 4], promiseDays: 3 },
      'DE-GB': { days: [38, 47, 11, 4], promiseDays: 2 },
      'DE-US': { days: [2, 50, 33, 10, 5], promiseDays: 3 },
    },
    deliveryTypes: [['home', 1]],
    optionCodes: [['dhl_express:express', 1]],
    contractId: 902,
    dateOnlyShare: 0.18,
    delayReportShare: 0.65,
    troubleFactor: 0.7,
  },
  {
    ...usual,
    code: 'ups',
    prefix: '1ZPMD',
    weight: 12,
    lanes: [
      ['NL-NL', 14],
      ['NL-BE', 10],
      ['NL-DE', 26],
      ['NL-FR', 16],
      ['DE-DE', 12],
      ['DE-NL', 10],
      ['NL-GB', 8],
      ['NL-US', 4],
    ],
    speeds: {
      'NL-NL': { days: [58, 33, 6, 2, 1], promiseDays: 2 },
      'NL-BE': { days: [38, 50, 9, 3], promiseDays: 2 },
      'NL-DE': { days: [30, 56, 10, 4], promiseDays: 2 },
      'NL-FR': { days: [4, 52, 33, 8, 3], promiseDays: 3 },
      'DE-DE': { days: [56, 35, 7, 2], promiseDays: 2 },
      'DE-NL': { days: [34, 52, 10, 4], promiseDays: 2 },
      'NL-GB': { days: [0, 22, 48, 20, 10], promiseDays: 3 },
      'NL-US': { days: [0, 8, 38, 34, 20], promiseDays: 4 },
    },
    deliveryTypes: [
      ['home', 90],
      ['service_point', 10],
    ],
    optionCodes: [
      ['ups:standard', 85],
      ['ups:express', 15],
    ],
    contractId: 655,
    promiseShare: 0,
    unscannedShare: 0.2,
    delayReportShare: 0.7,
    troubleFactor: 1.3,
  },
];

/** The carrier on trial: a handful of parcels whatever the size of the world, too few for any figure. */
export const trialCarrier: Carrier = {
  ...usual,
  code: 'trunkrs',
  prefix: 'TR',
  weight: 0,
  lanes: [['NL-NL', 1]],
  speeds: { 'NL-NL': { days: [90, 10], promiseDays: 1 } },
  deliveryTypes: [['home', 1]],
  optionCodes: [['trunkrs:standard', 1]],
  contractId: 990,
};
export const trialCarrierParcels = 9;

/** Share of first attempts at a home that succeed. */
export const attemptSuccess: Record<Country, number> = {
  NL: 0.93,
  BE: 0.91,
  DE: 0.89,
  FR: 0.86,
  GB: 0.9,
  US: 0.88,
};

/** The speed of a carrier on a lane; a return travels as fast as the way out. */
export function findSpeed(carrier: Carrier, from: Country, to: Country): Speed {
  const speed = carrier.speeds[`${from}-${to}`] ?? carrier.speeds[`${to}-${from}`];
  if (speed === undefined) throw new RangeError(`${carrier.code} has no speed from ${from} to ${to}`);
  return speed;
}

/** Whether parcels between two countries pass customs. */
export function crossesBorder(from: Country, to: Country): boolean {
  const union = (country: Country) => (country === 'GB' || country === 'US' ? country : 'EU');
  return union(from) !== union(to);
}
