-- grain: one row a carrier with an outbound parcel scanned in the 365 days up to the window's end, and kind of report (acceptance, attempt, pickup_point,
-- exception, promise, sub_status): of how many parcels it reported that at all; is_reported is false only where silence cannot be chance
with summed as (
    select * from carrier_report_counts
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
