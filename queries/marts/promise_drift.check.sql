-- what must hold of promise_drift; rows are failures
select 'two rows for one carrier, kind and number of days' as problem,
    concat(carrier_code, ' ', kind, ' ', cast(days as varchar)) as example
from promise_drift
group by carrier_code, kind, days
having count(*) > 1
union all
select 'the days do not add up' as problem, concat(carrier_code, ' ', kind) as example
from promise_drift
group by carrier_code, kind
having sum(parcels) <> max(n) or min(n) <> max(n) or abs(sum(share) - 1) > 1e-6
union all
select 'days outside -7 to 14, or no parcel' as problem, concat(carrier_code, ' ', kind, ' ', cast(days as varchar)) as example
from promise_drift
where days not between -7 and 14 or parcels < 1
union all
select 'other parcels than those due' as problem, figures.carrier_code as example
from carrier_performance as figures
left join (
    select distinct
        carrier_code,
        n
    from promise_drift
    where kind = 'drift'
) as drift on figures.carrier_code = drift.carrier_code
where figures.period = 'current' and figures.due <> coalesce(drift.n, 0)
