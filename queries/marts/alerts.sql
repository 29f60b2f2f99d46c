-- grain: one row a carrier ('*' for all), watched metric and week that breaks a rule of the control chart
with control as (
    select * from weekly_control
)

select
    carrier_code,
    metric,
    week_start_date,
    rule,
    value,
    n,
    centre,
    limit_lo,
    limit_hi,
    case when metric = 'on_time_rate' then value > centre else value < centre end as is_better
from control
where rule is not null
