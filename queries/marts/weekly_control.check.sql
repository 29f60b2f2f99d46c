-- what must hold of weekly_control; rows are failures
select 'two rows for one carrier, metric and week' as problem, concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from weekly_control
group by carrier_code, metric, week_start_date
having count(*) > 1
union all
select 'the centre lies outside its limits' as problem, concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from weekly_control
where centre not between limit_lo - 1e-9 and limit_hi + 1e-9
union all
select 'limits without a centre, or a centre without limits' as problem,
    concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from weekly_control
where (limit_lo is null) <> (limit_hi is null)
    or (centre is null and limit_lo is not null)
    -- weeks that were all nothing or all everything have a centre, and no spread to draw limits from
    or (centre is not null and limit_lo is null and centre not in (0, 1))
union all
select 'a rate''s limit lies outside 0 to 1' as problem, concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from weekly_control
where metric like '%rate%' and (limit_lo < 0 or limit_hi > 1)
union all
select 'a rule is broken by a week that is too young or too small to be judged' as problem,
    concat(weeks.carrier_code, ' ', weeks.metric, ' ', weeks.week_start_date) as example
from weekly_control as weeks
cross join seed_thresholds as thresholds
where thresholds.name = 'ranked_from'
    and weeks.rule is not null
    and (not weeks.is_mature or weeks.n < thresholds.value or weeks.centre is null)
