-- grain: one row a carrier ('*' for all), watched metric and week that breaks a rule of the control chart
with control as (
    select * from weekly_control
)

select
    control.carrier_code,
    control.metric,
    control.week_start_date,
    control.rule,
    control.value,
    control.n,
    control.centre,
    control.limit_lo,
    control.limit_hi,
    case metrics.better
        when 'higher' then control.value > control.centre
        when 'lower' then control.value < control.centre
    end as is_better
from control
inner join metrics on control.metric = metrics.name
where control.rule is not null
