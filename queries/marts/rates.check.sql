-- what must hold of rates; rows are failures
select 'two rows for one group and rate' as problem, concat(group_id, ' ', metric) as example
from rates
group by group_id, metric
having count(*) > 1
union all
select 'more parcels are counted than there are' as problem, concat(group_id, ' ', metric) as example
from rates
where x > n or x < 0
union all
select 'a rate lies outside 0 to 1' as problem, concat(group_id, ' ', metric) as example
from rates
where least(rate, rate_lo, rate_hi) < 0 or greatest(rate, rate_lo, rate_hi) > 1
union all
select 'a rate lies outside its interval' as problem, concat(group_id, ' ', metric) as example
from rates
where rate < rate_lo - 1e-9 or rate > rate_hi + 1e-9
union all
select 'a rate of nothing, or none of something' as problem, concat(group_id, ' ', metric) as example
from rates
where (n = 0) <> (rate is null) or (rate is null) <> (rate_lo is null) or (rate is null) <> (rate_hi is null)
union all
select 'the carriers do not add up to all carriers' as problem,
    concat(groups.period, ' ', groups.grain, ' ', rates.metric, ' ', groups.from_country, ' ', groups.to_country) as example
from rates
inner join groups on rates.group_id = groups.group_id
where groups.grain in ('carrier', 'lane', 'week')
group by
    groups.period,
    groups.grain,
    rates.metric,
    groups.from_country,
    groups.to_country,
    groups.delivery_type,
    groups.week_start_date
having sum(case when groups.carrier_code = '*' then rates.x else -rates.x end) <> 0
    or sum(case when groups.carrier_code = '*' then rates.n else -rates.n end) <> 0
