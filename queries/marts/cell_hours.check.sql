-- what must hold of cell_hours; rows are failures
select 'two rows for one cohort, start date, mix and hour' as problem,
    concat(cohort, ' ', cast(start_date as varchar), ' ', carrier_code) as example
from cell_hours
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
    account,
    hour
having count(*) > 1
union all
select 'an hour outside 0 to 336, or in which nothing happened' as problem, concat(carrier_code, ' ', cast(hour as varchar)) as example
from cell_hours
where hour not between 0 and 336 or interest + competing + censored < 1
union all
select 'something competes with the first scan' as problem, carrier_code as example
from cell_hours
where cohort = 'label' and competing > 0
union all
select 'the hours do not hold all who were followed' as problem, concat(added.cohort, ' ', cast(added.followed as varchar)) as example
from (
    select
        cohort,
        sum(interest + competing + censored) as followed
    from cell_hours
    cross join run_parameters
    where start_date >= window_start_date
    group by cohort
) as added
cross join run_parameters
inner join carrier_performance as figures on figures.carrier_code = '*' and figures.period = 'current'
where run_parameters.window_days <= 400
    and added.followed <> case when added.cohort = 'label' then figures.first_scan_n else figures.transit_n end
