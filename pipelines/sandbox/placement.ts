import { millisecondsInDay } from 'date-fns/constants';
import { type Calendar, type Country, weekdayOf } from './calendar.js';
import {
  type Carrier,
  carriers,
  crossesBorder,
  type DeliveryType,
  trialCarrier,
  trialCarrierParcels,
} from './carriers.js';
import { between, createRandom, happens, mixKeys, pickWeighted, type Random } from './random.js';

/** Streams of random numbers of one parcel: what is drawn from one never shifts another. */
export const streams = { placement: 1, journey: 2, people: 3, firstNumber: 4, secondNumber: 5 } as const;

/** What is fixed about a parcel when its label is made. */
export interface Placement {
  index: number;
  carrier: Carrier;
  from: Country;
  to: Country;
  isReturn: boolean;
  deliveryType: DeliveryType;
  /** Local day and minute of the label at the merchant's. */
  labelDay: number;
  labelMinute: number;
  /** ms since 1970 */
  announcedAt: number;
  trackingNumber: string;
  /** The number on the second label of a parcel that is relabelled. */
  secondNumber: string;
}

export interface Places {
  /** Days since 1970: the first day after the last simulated one. */
  endDay: number;
  place(index: number): Placement;
  /** The index that a tracking number encodes, or null where this world never made that number. */
  decode(trackingNumber: string): number | null;
}

/** Sunday first: shops sell less at weekends, and Monday has two days to make up for. */
const weekdayWeights = [0.42, 1.22, 1.1, 1.02, 1, 0.94, 0.34];
const returnShare = 0.04;
const growth = 0.2;
const indexDigits = 8;
const checkDigits = 4;

function pickLabelMinute(random: Random, day: number): number {
  const weekday = weekdayOf(day);
  if (weekday === 0 || weekday === 6) return between(random, 10 * 60, 20 * 60);
  if (happens(random, 0.25)) return between(random, 12 * 60, 21 * 60);
  return (between(random, 8 * 60, 17 * 60) + between(random, 8 * 60, 17 * 60)) / 2;
}

/**
 * Spreads parcels over days with a weekday pattern and mild growth, and over carriers and lanes. The days end at the last
 * midnight (UTC) before `now`. Any parcel is placed alone: its index says the day, its own random numbers the rest.
 */
export function createPlaces(
  options: { seed: number; count: number; now: Date; days: number },
  calendar: Calendar,
): Places {
  const { seed, count, days } = options;
  const endDay = Math.floor(options.now.getTime() / millisecondsInDay);
  const firstDay = endDay - days;
  let total = 0;
  const reached = Array.from({ length: days }, (_, offset) => {
    total += (weekdayWeights[weekdayOf(firstDay + offset)] ?? 1) * (1 + growth * (offset / days - 0.5));
    return total;
  });
  const trialStride = Math.max(20, Math.ceil(count / trialCarrierParcels));
  const carrierChoices = carriers.map((carrier) => [carrier, carrier.weight] as const);

  const pickDay = (index: number) => {
    const goal = ((index + 0.5) / count) * total;
    let low = 0;
    let high = days - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((reached[middle] ?? 0) < goal) low = middle + 1;
      else high = middle;
    }
    return firstDay + low;
  };
  const write = (prefix: string, index: number, stream: number) => {
    const check = mixKeys(seed, index, stream) % 10 ** checkDigits;
    return prefix + String(index).padStart(indexDigits, '0') + String(check).padStart(checkDigits, '0');
  };

  const place = (index: number): Placement => {
    const random = createRandom(seed, index, streams.placement);
    const labelDay = pickDay(index);
    const isTrial = index % trialStride === Math.floor(trialStride / 2);
    const drawn = pickWeighted(random, carrierChoices);
    const carrier = isTrial ? trialCarrier : drawn;
    const lane = pickWeighted(random, carrier.lanes);
    const [origin, destination] = lane.split('-') as [Country, Country];
    const isReturn = happens(random, returnShare) && !isTrial;
    const labelMinute = pickLabelMinute(random, labelDay);
    const deliveryType =
      isReturn || crossesBorder(origin, destination) ? 'home' : pickWeighted(random, carrier.deliveryTypes);
    const announcedAt = calendar.toInstant(origin, labelDay, labelMinute);
    return {
      index,
      carrier,
      from: isReturn ? destination : origin,
      to: isReturn ? origin : destination,
      isReturn,
      deliveryType,
      labelDay,
      labelMinute,
      announcedAt: announcedAt - (announcedAt % 1000),
      trackingNumber: write(carrier.prefix, index, streams.firstNumber),
      secondNumber: write('RL', index, streams.secondNumber),
    };
  };

  return {
    endDay,
    place,
    decode(trackingNumber) {
      const digits = trackingNumber.slice(-(indexDigits + checkDigits));
      if (!/^\d{12}$/.test(digits)) return null;
      const index = Number(digits.slice(0, indexDigits));
      if (index >= count) return null;
      const placement = place(index);
      const isOurs = trackingNumber === placement.trackingNumber || trackingNumber === placement.secondNumber;
      return isOurs ? index : null;
    },
  };
}
