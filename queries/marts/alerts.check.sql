-- what must hold of alerts; rows are failures
select 'two rows for one carrier, metric, side and first week' as problem,
    concat(carrier_code, ' ', metric, ' ', side, ' ', first_week) as example
from alerts
group by carrier_code, metric, side, first_week
having count(*) > 1
union all
select 'an alert of all carriers together, or with a word that is none' as problem,
    concat(carrier_code, ' ', metric, ' ', side, ' ', first_week) as example
from alerts
where carrier_code = '*' or side not in ('above', 'below') or kind not in ('outside', 'run')
union all
select 'weeks that do not fit into the alert, or an alert of too few' as problem,
    concat(carrier_code, ' ', metric, ' ', side, ' ', first_week) as example
from alerts
where weeks > days_between(first_week, last_week) / 7 + 1
    or weeks < case kind when 'run' then alert_run_weeks() else 2 end
    or iso_weekday(first_week) <> 1
    or iso_weekday(last_week) <> 1
union all
select 'marked weeks that are in no alert, or in two' as problem, concat(marked.carrier_code, ' ', marked.metric) as example
from (
    select
        carrier_code,
        metric,
        count(*) as weeks
    from weekly_control
    where marked is not null
    group by carrier_code, metric
) as marked
left join (
    select
        carrier_code,
        metric,
        sum(weeks) as weeks
    from alerts
    group by carrier_code, metric
) as told on marked.carrier_code = told.carrier_code and marked.metric = told.metric
where marked.weeks is distinct from told.weeks
