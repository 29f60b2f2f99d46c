-- grain: one row a member of a cohort: its cell, and whether its horizons of 7, 14 and 30 days have passed and were watched
-- (is_attempt_watched: by a question that an attempt answers)
with members as (
    select * from cohort_members
),

parcel_rows as (
    select * from parcels_by_period
),

aged as (
    select
        members.period,
        members.seen_from,
        members.cohort,
        members.tracking_number,
        members.start_at,
        members.start_date,
        mix_cells.cell_id,
        hours_between(members.start_at, members.clock_at) as age_hours,
        hours_between(members.start_at, parcel_rows.observed_at) as watched_hours,
        case
            when members.cohort = 'label' then parcel_rows.first_scan_at is not null
            else parcel_rows.outcome <> 'open'
        end as is_settled,
        parcel_rows.first_attempt_at is not null as is_attempted
    from members
    inner join mix_cells
        on members.period = mix_cells.period
        and members.week_start_date = mix_cells.week_start_date
        and members.label_weekday = mix_cells.label_weekday
        and members.label_hour = mix_cells.label_hour
        and members.carrier_code = mix_cells.carrier_code
        and members.from_country = mix_cells.from_country
        and members.to_country = mix_cells.to_country
        and members.delivery_type = mix_cells.delivery_type
        and members.service_level = mix_cells.service_level
        and members.shipping_option_code = mix_cells.shipping_option_code
        and members.brand_id = mix_cells.brand_id
        and members.account = mix_cells.account
    inner join parcel_rows
        on members.seen_from = parcel_rows.period and members.tracking_number = parcel_rows.tracking_number
)

select
    period,
    seen_from,
    cohort,
    tracking_number,
    start_at,
    start_date,
    cell_id,
    age_hours >= 7 * 24 as is_aged_7d,
    age_hours >= 14 * 24 as is_aged_14d,
    age_hours >= 30 * 24 as is_aged_30d,
    age_hours >= 7 * 24 and (is_settled or watched_hours >= 7 * 24) as is_watched_7d,
    age_hours >= 7 * 24 and (is_settled or is_attempted or watched_hours >= 7 * 24) as is_attempt_watched_7d,
    age_hours >= 14 * 24 and (is_settled or watched_hours >= 14 * 24) as is_watched_14d,
    age_hours >= 30 * 24 and (is_settled or watched_hours >= 30 * 24) as is_watched_30d,
    age_hours >= 30 * 24 and (is_settled or is_attempted or watched_hours >= 30 * 24) as is_attempt_watched_30d
from aged
