-- what must hold of parcel_milestones; rows are failures
select 'two rows for one period and parcel' as problem, concat(period, ' ', tracking_number) as example
from parcel_milestones
group by period, tracking_number
having count(*) > 1
union all
select 'something has happened after the clock' as problem, concat(milestones.period, ' ', milestones.tracking_number) as example
from parcel_milestones as milestones
inner join parcel_clocks as clocks
    on milestones.period = clocks.period and milestones.tracking_number = clocks.tracking_number
where milestones.last_event_at > clocks.clock_at
union all
select 'a milestone lies after the last event' as problem, concat(period, ' ', tracking_number) as example
from parcel_milestones
where announced_event_at > last_event_at
    or dropped_at > last_event_at
    or returned_at > last_event_at
    or first_scan_at > last_event_at
    or out_for_delivery_at > last_event_at
    or first_attempt_at > last_event_at
    or pickup_point_at > last_event_at
    or delivered_at > last_event_at
    or last_scan_at > last_event_at
    or lost_at > last_event_at
    or cancelled_at > last_event_at
    or forced_at > last_event_at
    or last_carrier_event_at > last_event_at
union all
select 'a scan without a first scan' as problem, concat(period, ' ', tracking_number) as example
from parcel_milestones
where first_scan_at is null
    and coalesce(out_for_delivery_at, first_attempt_at, pickup_point_at, delivered_at) is not null
union all
select 'a scan on a date before the first scan' as problem, concat(period, ' ', tracking_number) as example
from parcel_milestones
where utc_date(first_scan_at) > utc_date(out_for_delivery_at)
    or utc_date(first_scan_at) > utc_date(first_attempt_at)
    or utc_date(first_scan_at) > utc_date(pickup_point_at)
    or utc_date(first_scan_at) > utc_date(delivered_at)
union all
select 'a delivery on a date before the first attempt' as problem, concat(period, ' ', tracking_number) as example
from parcel_milestones
where utc_date(first_attempt_at) > utc_date(pickup_point_at)
    or utc_date(first_attempt_at) > utc_date(delivered_at)
    or (first_attempt_at is null and coalesce(pickup_point_at, delivered_at) is not null)
union all
select 'a scan of the outward journey after the return began' as problem, concat(period, ' ', tracking_number) as example
from parcel_milestones
where first_scan_at > returned_at
    or out_for_delivery_at > returned_at
    or first_attempt_at > returned_at
    or pickup_point_at > returned_at
    or delivered_at > returned_at
union all
select 'lost before a scan' as problem, concat(period, ' ', tracking_number) as example
from parcel_milestones
where lost_at < last_scan_at
union all
select 'cancelled and scanned' as problem, concat(period, ' ', tracking_number) as example
from parcel_milestones
where cancelled_at is not null and last_scan_at is not null
