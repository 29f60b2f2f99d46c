-- grain: one row a carrier with an outbound parcel scanned in the 365 days up to the window's end: of how many parcels it reported each kind of thing at all
with scanned as (
    select
        parcels.tracking_number,
        coalesce(parcels.carrier_code, '') as carrier_code,
        parcels.edd_original is not null as has_promise
    from parcels
    cross join run_parameters
    where not parcels.is_return
        and parcels.first_scan_date >= add_days(run_parameters.window_end_date, -364)
        and parcels.first_scan_date <= run_parameters.window_end_date
),

telling_events as (
    select
        tracking_number,
        max(case when status_code = 'accepted' then 1 else 0 end) as acceptance,
        max(case when status_code = 'attempted' then 1 else 0 end) as attempt,
        max(case when status_code = 'pup' then 1 else 0 end) as pickup_point,
        max(case when is_exception then 1 else 0 end) as exception,
        max(case when sub_status_code is not null and sub_status_code <> 'none' then 1 else 0 end) as sub_status
    from events
    where event_type = 'carrier'
        and quarantine_reason is null
        and (status_code in ('accepted', 'attempted', 'pup') or is_exception or sub_status_code <> 'none')
    group by tracking_number
)

select
    scanned.carrier_code,
    count(*) as parcels,
    cast(sum(coalesce(telling_events.acceptance, 0)) as bigint) as acceptance,
    cast(sum(coalesce(telling_events.attempt, 0)) as bigint) as attempt,
    cast(sum(coalesce(telling_events.pickup_point, 0)) as bigint) as pickup_point,
    cast(sum(coalesce(telling_events.exception, 0)) as bigint) as exception,
    cast(sum(case when scanned.has_promise then 1 else 0 end) as bigint) as promise,
    cast(sum(coalesce(telling_events.sub_status, 0)) as bigint) as sub_status
from scanned
left join telling_events on scanned.tracking_number = telling_events.tracking_number
group by scanned.carrier_code
