-- grain: one row a carrier ('*' for all) and part of the way from label to door: mean hours of delivered, measurable parcels, whose part it is
with members as (
    select * from cohort_members
    where period = 'current' and cohort = 'scan'
),

journeys as (
    select
        coalesce(parcel_rows.carrier_code, '') as carrier_code,
        parcel_rows.first_scan_delay_hours as label_to_scan_hours,
        parcel_rows.transit_hours as scan_to_attempt_hours,
        hours_between(parcel_rows.first_attempt_at, parcel_rows.delivered_at) as attempt_to_end_hours,
        case
            when parcel_rows.pickup_point_at <= parcel_rows.delivered_at
                then hours_between(parcel_rows.pickup_point_at, parcel_rows.delivered_at)
            else 0.0
        end as pickup_to_collection_hours
    from members
    inner join parcels as parcel_rows on members.tracking_number = parcel_rows.tracking_number
    where parcel_rows.outcome = 'delivered'
        and parcel_rows.first_scan_delay_hours is not null
        and parcel_rows.possession_hours is not null
        and parcel_rows.transit_hours is not null
        and (parcel_rows.pickup_point_at is null or not parcel_rows.is_pickup_point_date_only)
),

journeys_doubled as (
    select * from journeys
    union all
    select
        '*' as carrier_code,
        label_to_scan_hours,
        scan_to_attempt_hours,
        attempt_to_end_hours,
        pickup_to_collection_hours
    from journeys
),

parts as (
    select carrier_code, 1 as part_order, 'label_to_scan' as part, 'shipper' as owner, label_to_scan_hours as hours
    from journeys_doubled
    union all
    select carrier_code, 2 as part_order, 'scan_to_attempt' as part, 'carrier' as owner, scan_to_attempt_hours as hours
    from journeys_doubled
    union all
    select
        carrier_code,
        3 as part_order,
        'attempt_to_delivery' as part,
        'carrier' as owner,
        attempt_to_end_hours - pickup_to_collection_hours as hours
    from journeys_doubled
    union all
    select carrier_code, 4 as part_order, 'pickup_to_collection' as part, 'recipient' as owner, pickup_to_collection_hours as hours
    from journeys_doubled
),

averaged as (
    select
        carrier_code,
        part_order,
        part,
        owner,
        avg(hours) as mean_hours,
        count(*) as parcels
    from parts
    group by carrier_code, part_order, part, owner
)

select
    carrier_code,
    part,
    owner,
    part_order,
    round(mean_hours, 6) as mean_hours,
    case
        when sum(mean_hours) over (partition by carrier_code) > 0
            then round(mean_hours / sum(mean_hours) over (partition by carrier_code), 6)
    end as share,
    parcels
from averaged
