-- grain: one row a carrier ('*' for all), kind (drift: current promise minus first; days_late: attempt minus first promise) and days, -7 to 14
with doubled as (
    select * from promise_gaps
    union all
    select '*' as carrier_code, kind, days, parcels from promise_gaps
),

counted as (
    select
        carrier_code,
        kind,
        days,
        cast(sum(parcels) as bigint) as parcels
    from doubled
    group by carrier_code, kind, days
),

totalled as (
    select
        *,
        cast(sum(parcels) over (partition by carrier_code, kind) as bigint) as n
    from counted
)

select
    carrier_code,
    kind,
    days,
    parcels,
    rounded(rate(parcels, n)) as share,
    n
from totalled
