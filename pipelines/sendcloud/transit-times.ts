import { z } from 'zod';

/** Sendcloud's own figure for a carrier and lane. */
export interface TransitTime {
  carrierCode: string;
  fromCountry: string | null;
  toCountry: string | null;
  totalParcels: number | null;
  medianHours: number;
}

export interface TransitTimesQuery {
  carrierCodes: readonly string[];
  /** 'YYYY-MM-DD', UTC, both inclusive. */
  fromDate: string;
  toDate: string;
}

const code = z.string().regex(/^[A-Za-z0-9_:./=-]{1,64}$/);
const country = z
  .string()
  .regex(/^[A-Za-z]{2}$/)
  .transform((text) => text.toUpperCase())
  .nullish();

const Body = z.object({
  transit_times: z.array(
    z.object({
      carrier_code: code,
      from_country_code: country,
      to_country_code: country,
      total_parcels: z.number().nonnegative().nullish(),
      transit_time_hours: z.number().nonnegative(),
    }),
  ),
});

/** The lanes of an answer, allow-listed; null where it is of another shape. */
export function readTransitTimes(body: unknown): TransitTime[] | null {
  const parsed = Body.safeParse(body);
  if (!parsed.success) return null;
  return parsed.data.transit_times.map((lane) => ({
    carrierCode: lane.carrier_code,
    fromCountry: lane.from_country_code ?? null,
    toCountry: lane.to_country_code ?? null,
    totalParcels: lane.total_parcels ?? null,
    medianHours: lane.transit_time_hours,
  }));
}

/** The query string of GET /analytics/transit-times/carriers. */
export function writeTransitTimesQuery({ carrierCodes, fromDate, toDate }: TransitTimesQuery): string {
  const query = new URLSearchParams();
  for (const carrier of carrierCodes) query.append('carrier_code', carrier);
  query.set('start_date', fromDate);
  query.set('end_date', toDate);
  return query.toString();
}
