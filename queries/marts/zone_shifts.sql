-- grain: one row a time zone of the data and UTC date on which something happened: how many hours its clock is ahead of UTC;
-- null on a day on which that changes. Asking for the time zone of every stamp is twenty times dearer.
with headers as (
    select * from parcel_headers
),

zones as (
    select from_time_zone as time_zone from headers where from_time_zone is not null
    union
    select to_time_zone as time_zone from headers where to_time_zone is not null
),

dates as (
    select utc_date(event_at) as utc_date from events where event_at is not null
    union
    select utc_date(announced_at) as utc_date from headers where announced_at is not null
    union
    select utc_date(observed_at) as utc_date from headers
    union
    select utc_date(edd_original_seen_at) as utc_date from headers where edd_original_seen_at is not null
    union
    select utc_date(clock_at) as utc_date from periods
),

shifts as (
    select
        zones.time_zone,
        dates.utc_date,
        clock_shift_hours(cast(dates.utc_date as timestamp), zones.time_zone) as first_shift_hours,
        clock_shift_hours(cast(add_days(dates.utc_date, 1) as timestamp), zones.time_zone) as last_shift_hours
    from zones
    cross join dates
)

select
    time_zone,
    utc_date,
    case when first_shift_hours = last_shift_hours then first_shift_hours end as shift_hours
from shifts
