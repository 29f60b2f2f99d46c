-- grain: one row a carrier with an outbound parcel scanned in the 365 days up to the window's end, and kind of report (acceptance, attempt, pickup_point,
-- exception, promise, sub_status): of how many parcels it reported that at all; is_reported is false only where silence cannot be chance
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
),

summed as (
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
),

reports as (
    select carrier_code, 'acceptance' as kind, parcels, acceptance as reported
    from summed
    union all
    select carrier_code, 'attempt' as kind, parcels, attempt as reported
    from summed
    union all
    select carrier_code, 'pickup_point' as kind, parcels, pickup_point as reported
    from summed
    union all
    select carrier_code, 'exception' as kind, parcels, exception as reported
    from summed
    union all
    select carrier_code, 'promise' as kind, parcels, promise as reported
    from summed
    union all
    select carrier_code, 'sub_status' as kind, parcels, sub_status as reported
    from summed
),

beside_others as (
    select
        *,
        cast(sum(parcels) over (partition by kind) as double) - parcels as other_parcels,
        cast(sum(reported) over (partition by kind) as double) - reported as other_reported
    from reports
)

select
    carrier_code,
    kind,
    parcels,
    reported,
    case
        when reported > 0 then true
        -- what nobody else reports either has no share to be held against
        when other_reported = 0 and parcels >= 300 then false
        when other_reported > 0 and parcels >= 100 and parcels * other_reported / other_parcels >= 5 - 1e-9 then false
    end as is_reported
from beside_others
