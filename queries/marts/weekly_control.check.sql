-- what must hold of weekly_control; rows are failures
select 'two rows for one carrier, metric and week' as problem, concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from weekly_control
group by carrier_code, metric, week_start_date
having count(*) > 1
union all
select 'limits that are crossed, or one without the other' as problem,
    concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from weekly_control
where limit_lo > limit_hi or (limit_lo is null) <> (limit_hi is null)
union all
select 'limits without a centre, or a centre without limits' as problem,
    concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from weekly_control
where (centre is null and limit_lo is not null)
    -- a centre of 0 or 1 has no outside, unless few are expected
    or (centre is not null and limit_lo is null and centre not in (0, 1))
union all
select 'a rate''s limit lies outside 0 to 1' as problem, concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from weekly_control
where metric like '%rate%' and (limit_lo < 0 or limit_hi > 1)
union all
select 'a week that is too young or too small stands apart' as problem,
    concat(weeks.carrier_code, ' ', weeks.metric, ' ', weeks.week_start_date) as example
from weekly_control as weeks
cross join seed_thresholds as thresholds
where thresholds.name = 'ranked_from'
    and coalesce(weeks.outside, weeks.marked) is not null
    and (not weeks.is_mature or weeks.n < thresholds.value or weeks.centre is null)
