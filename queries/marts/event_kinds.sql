-- grain: one row a combination of codes that landed (landed_ columns, '' where there was none), a few hundred at most: what orders events of
-- one time is found once, so that events are sorted by numbers. kind_id is the order of one time; of the types of one event the
-- smallest type_id counts: the gravest, and of those that nobody knows the first in the alphabet
with codes as (
    select * from seed_status_codes
),

landed as (
    select distinct
        coalesce(event_type, '') as landed_event_type,
        coalesce(status_code, '') as landed_status_code,
        coalesce(sub_status_code, '') as landed_sub_status_code,
        coalesce(status_type, '') as landed_status_type
    from stg_events
),

spoken as (
    select
        *,
        nullif(landed_event_type, '') as event_type,
        nullif(lower(landed_status_code), '') as status_code,
        nullif(landed_sub_status_code, '') as sub_status_code,
        nullif(landed_status_type, '') as status_type
    from landed
)

select
    spoken.landed_event_type,
    spoken.landed_status_code,
    spoken.landed_sub_status_code,
    spoken.landed_status_type,
    spoken.event_type,
    spoken.status_code,
    spoken.sub_status_code,
    spoken.status_type,
    codes.phase,
    codes.scan_order,
    codes.status_code is not null as is_mapped,
    coalesce(codes.is_scan, false) as is_scan,
    codes.is_exception,
    codes.exception_group,
    dense_rank() over (
        order by
            coalesce(codes.scan_order, 1000),
            spoken.status_code nulls last,
            spoken.event_type nulls last,
            spoken.sub_status_code nulls last
    ) as kind_id,
    dense_rank() over (
        order by
            case spoken.status_type when 'error' then 1 when 'warning' then 2 when 'success' then 3 else 4 end,
            spoken.status_type nulls last
    ) as type_id
from spoken
left join codes on spoken.status_code = codes.status_code
