-- grain: one row a combination of codes that landed (event_type, landed_code, sub_status_code, status_type), a few hundred at most: what
-- orders events of one time is found once, so that events are sorted by numbers. kind_place is the order of one time; of the types
-- of one event the smallest type_place counts: the gravest, and of those that nobody knows the first in the alphabet
with codes as (
    select * from seed_status_codes
),

spoken as (
    select distinct
        event_type,
        status_code as landed_code,
        sub_status_code,
        status_type
    from stg_events
)

select
    spoken.event_type,
    spoken.landed_code,
    spoken.sub_status_code,
    spoken.status_type,
    codes.phase,
    codes.scan_order,
    lower(spoken.landed_code) as status_code,
    codes.status_code is not null as is_mapped,
    coalesce(codes.is_scan, false) as is_scan,
    codes.is_exception,
    codes.exception_group,
    dense_rank() over (
        order by
            coalesce(codes.scan_order, 1000),
            lower(spoken.landed_code) nulls last,
            spoken.event_type nulls last,
            spoken.sub_status_code nulls last
    ) as kind_place,
    dense_rank() over (
        order by
            case spoken.status_type when 'error' then 1 when 'warning' then 2 when 'success' then 3 else 4 end,
            spoken.status_type nulls last
    ) as type_place
from spoken
left join codes on lower(spoken.landed_code) = codes.status_code
