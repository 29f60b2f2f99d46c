-- what must hold of carrier_performance; rows are failures
with totals as (
    select
        period,
        sum(case when carrier_code = '*' then labelled else -labelled end) as labelled_gap,
        sum(case when carrier_code = '*' then scanned else -scanned end) as scanned_gap,
        sum(case when carrier_code = '*' then due else -due end) as due_gap,
        sum(case when carrier_code = '*' then open_now else -open_now end) as open_gap,
        sum(case when carrier_code = '*' then stalled_now else -stalled_now end) as stalled_gap,
        count(*) filter (where carrier_code = '*') as total_count
    from carrier_performance
    group by period
),

wanted as (
    select
        'current' as period,
        count(*) filter (where label_date between first_start_date and last_start_date) as labelled,
        count(*) filter (where first_scan_date between first_start_date and last_start_date) as scanned,
        count(*) filter (where is_due and edd_original between first_start_date and last_start_date) as due
    from parcels
    cross join periods
    where periods.period = 'current' and not parcels.is_return and parcels.outcome <> 'cancelled'
)

select 'two rows for one period and carrier' as problem, concat(period, ' ', carrier_code) as example
from carrier_performance
group by period, carrier_code
having count(*) > 1
union all
select 'the carriers do not add up to all carriers' as problem, period as example
from totals
where labelled_gap <> 0 or scanned_gap <> 0 or due_gap <> 0 or open_gap <> 0 or stalled_gap <> 0
union all
select 'a period without its line for all carriers' as problem, periods.period as example
from periods
left join totals on periods.period = totals.period
where periods.period in ('current', 'previous') and coalesce(totals.total_count, 0) <> 1
union all
select 'the counts differ from those of parcels' as problem, figures.period as example
from carrier_performance as figures
inner join wanted on figures.period = wanted.period
where figures.carrier_code = '*'
    and (figures.labelled <> wanted.labelled or figures.scanned <> wanted.scanned or figures.due <> wanted.due)
union all
select 'more stalled than open, or none said in the current period, or said in the previous one' as problem,
    concat(period, ' ', carrier_code) as example
from carrier_performance
where stalled_now > open_now or (period = 'current') <> (open_now is not null) or (open_now is null) <> (stalled_now is null)
union all
select 'an adjusted figure lies outside 0 to 1' as problem, concat(period, ' ', carrier_code) as example
from carrier_performance
where least(
    on_time_rate_adj_lo,
    on_time_rate_expected,
    on_time_rate_adj_support,
    exception_rate_carrier_adj_lo,
    exception_rate_carrier_expected,
    exception_rate_carrier_adj_support,
    adj_support
) < 0
    or greatest(
        on_time_rate_adj_hi,
        on_time_rate_expected,
        on_time_rate_adj_support,
        exception_rate_carrier_adj_hi,
        exception_rate_carrier_expected,
        exception_rate_carrier_adj_support,
        adj_support
    ) > 1
union all
select 'an adjusted figure lies outside its interval' as problem, concat(period, ' ', carrier_code) as example
from carrier_performance
where on_time_rate_adj not between on_time_rate_adj_lo and on_time_rate_adj_hi
    or exception_rate_carrier_adj not between exception_rate_carrier_adj_lo and exception_rate_carrier_adj_hi
