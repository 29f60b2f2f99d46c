-- what must hold of weekly_points; rows are failures
select 'two rows for one carrier, metric and week' as problem, concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from weekly_points
group by carrier_code, metric, week_start_date
having count(*) > 1
union all
select 'a week that does not begin on a Monday' as problem, concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from weekly_points
where iso_weekday(week_start_date) <> 1
union all
select 'a rate outside 0 to 1, or a negative median' as problem, concat(carrier_code, ' ', metric, ' ', week_start_date) as example
from weekly_points
where value < 0 or (is_rate and (value > 1 or x > n)) or n < 1
