import type { ReadRows } from './db.js';

/** Our figures of a carrier and lane, as Sendcloud seems to count and as we publish; and what makes the two differ. */
export interface OurLane {
  carrier_code: string;
  from_country: string | null;
  to_country: string | null;
  /** Outbound parcels delivered in the window: first scan to delivery, the middle one. */
  finished: number;
  finished_median_hours: number | null;
  /** Of those: first seen too late for a transit, with a date only, attempted before they were delivered. */
  unmeasurable: number;
  date_only: number;
  attempted_before: number;
  /** Scanned in the window and neither delivered nor ended: in our percentiles, in no median of finished ones. */
  still_open: number;
  /** Went back to the sender: no delivery to us, though the way back may end in one. */
  went_back: number;
  /** transit_p50_hours of the lane's largest delivery type in the current window. */
  delivery_type: string | null;
  transit_p50_hours: number | null;
  transit_n: number | null;
}

const lanesSql = `
  with run as (select * from run_parameters),
  outbound as (
    select parcels.*, run.window_start_date, run.window_end_date
    from parcels cross join run
    where not parcels.is_return and parcels.carrier_code is not null and parcels.first_scan_at is not null
  ),
  finished as (
    select *, (epoch_us(delivered_at) - epoch_us(first_scan_at)) / 3600000000.0 as hours
    from outbound
    where delivered_at > first_scan_at
      and cast(delivered_at as date) between window_start_date and window_end_date
  ),
  finished_lanes as (
    select
      carrier_code, from_country, to_country,
      count(*) as finished,
      median(hours) as finished_median_hours,
      count(*) filter (where not transit_measurable) as unmeasurable,
      count(*) filter (where epoch_us(first_scan_at) % 86400000000 = 0 or epoch_us(delivered_at) % 86400000000 = 0)
        as date_only,
      count(*) filter (where first_attempt_at < delivered_at) as attempted_before
    from finished
    group by carrier_code, from_country, to_country
  ),
  other_lanes as (
    select
      carrier_code, from_country, to_country,
      count(*) filter (where outcome = 'open' and first_scan_date between window_start_date and window_end_date) as still_open,
      count(*) filter (where outcome = 'returned' and cast(outcome_at as date) between window_start_date - 30 and window_end_date)
        as went_back
    from outbound
    group by carrier_code, from_country, to_country
  ),
  published as (
    select
      carrier_code, from_country, to_country, delivery_type, transit_p50_hours, transit_n,
      row_number() over (
        partition by carrier_code, from_country, to_country order by transit_n desc nulls last, delivery_type
      ) as place
    from lane_performance
    where period = 'current' and carrier_code <> '*'
  )
  select
    coalesce(finished_lanes.carrier_code, published.carrier_code) as carrier_code,
    coalesce(finished_lanes.from_country, published.from_country) as from_country,
    coalesce(finished_lanes.to_country, published.to_country) as to_country,
    coalesce(finished_lanes.finished, 0) as finished,
    finished_lanes.finished_median_hours,
    coalesce(finished_lanes.unmeasurable, 0) as unmeasurable,
    coalesce(finished_lanes.date_only, 0) as date_only,
    coalesce(finished_lanes.attempted_before, 0) as attempted_before,
    coalesce(other_lanes.still_open, 0) as still_open,
    coalesce(other_lanes.went_back, 0) as went_back,
    published.delivery_type,
    published.transit_p50_hours,
    published.transit_n
  from finished_lanes
  full join (select * from published where place = 1) as published
    on finished_lanes.carrier_code = published.carrier_code
    and finished_lanes.from_country is not distinct from published.from_country
    and finished_lanes.to_country is not distinct from published.to_country
  left join other_lanes
    on coalesce(finished_lanes.carrier_code, published.carrier_code) = other_lanes.carrier_code
    and coalesce(finished_lanes.from_country, published.from_country) is not distinct from other_lanes.from_country
    and coalesce(finished_lanes.to_country, published.to_country) is not distinct from other_lanes.to_country
  order by finished desc, carrier_code, from_country, to_country`;

/** Our lanes of the published window, those with most finished parcels first. */
export async function readOurLanes(read: ReadRows): Promise<OurLane[]> {
  return read<OurLane>(lanesSql);
}
