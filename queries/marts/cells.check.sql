-- what must hold of cells; rows are failures
select 'two rows for one cohort, start date and mix' as problem, concat(cohort, ' ', cast(start_date as varchar), ' ', carrier_code) as example
from cells
group by
    cohort,
    start_date,
    carrier_code,
    from_country,
    to_country,
    delivery_type,
    service_level,
    shipping_option_code,
    brand_id,
    account
having count(*) > 1
union all
select 'a start date outside the 400 days before the clock' as problem, concat(cohort, ' ', cast(start_date as varchar)) as example
from cells
cross join run_parameters
where start_date < add_days(window_end_date, -399) or start_date > window_end_date or start_date is null
union all
select 'the cells do not add up to the rates of all carriers' as problem, cast(added.on_time_rate_n as varchar) as example
from (
    select
        coalesce(sum(on_time_rate_n), 0) as on_time_rate_n,
        coalesce(sum(on_time_rate_x), 0) as on_time_rate_x,
        coalesce(sum(exception_rate_n), 0) as exception_rate_n
    from cells
    cross join run_parameters
    where start_date >= window_start_date
) as added
cross join run_parameters
inner join carrier_performance as figures on figures.carrier_code = '*' and figures.period = 'current'
where run_parameters.window_days <= 400
    and (
        added.on_time_rate_n <> figures.on_time_rate_n
        or abs(added.on_time_rate_x - coalesce(figures.on_time_rate, 0) * figures.on_time_rate_n) > 0.5
        or added.exception_rate_n <> figures.exception_rate_n
    )
