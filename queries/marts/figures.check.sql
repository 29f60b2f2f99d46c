-- what must hold of figures, and so of every table dealt out of them; rows are failures (the bounds of rates and durations are theirs)
with figures_of as (
    select
        groups.period,
        groups.grain,
        groups.carrier_code,
        groups.from_country,
        groups.to_country,
        groups.delivery_type,
        groups.week_start_date,
        groups.label_weekday,
        groups.label_hour,
        figures.group_id,
        figures.labelled,
        figures.scanned,
        figures.due,
        figures.first_scan_n,
        figures.transit_n,
        figures.transit_working_days_n
    from figures
    inner join groups on figures.group_id = groups.group_id
),

totals as (
    select
        period,
        grain,
        from_country,
        to_country,
        delivery_type,
        week_start_date,
        label_weekday,
        label_hour,
        sum(case when carrier_code = '*' then labelled else -labelled end) as labelled_gap,
        sum(case when carrier_code = '*' then scanned else -scanned end) as scanned_gap,
        sum(case when carrier_code = '*' then due else -due end) as due_gap
    from figures_of
    where grain <> 'shipping_option'
    group by period, grain, from_country, to_country, delivery_type, week_start_date, label_weekday, label_hour
),

by_grain as (
    select
        period,
        carrier_code,
        sum(case grain when 'carrier' then labelled when 'lane' then -labelled else 0 end) as lane_labelled_gap,
        sum(case grain when 'carrier' then scanned when 'lane' then -scanned else 0 end) as lane_scanned_gap,
        sum(case grain when 'carrier' then due when 'lane' then -due else 0 end) as lane_due_gap,
        sum(case grain when 'carrier' then labelled when 'shipping_option' then -labelled else 0 end) as option_labelled_gap,
        sum(case grain when 'carrier' then scanned when 'shipping_option' then -scanned else 0 end) as option_scanned_gap,
        sum(case grain when 'carrier' then due when 'shipping_option' then -due else 0 end) as option_due_gap
    from figures_of
    where period in ('current', 'previous')
    group by period, carrier_code
)

select 'two rows for one group' as problem, cast(group_id as varchar) as example
from figures
group by group_id
having count(*) > 1
union all
select 'a group without its figures' as problem, cast(groups.group_id as varchar) as example
from groups
left join figures on groups.group_id = figures.group_id
where figures.group_id is null
union all
select 'the carriers do not add up to all carriers' as problem,
    concat(grain, ' ', period, ' ', from_country, ' ', to_country, ' ', delivery_type, ' ', week_start_date) as example
from totals
where labelled_gap <> 0 or scanned_gap <> 0 or due_gap <> 0
union all
select 'the lanes do not add up to the carrier' as problem, concat(period, ' ', carrier_code) as example
from by_grain
where lane_labelled_gap <> 0 or lane_scanned_gap <> 0 or lane_due_gap <> 0
union all
select 'the shipping options do not add up to the carrier' as problem, concat(period, ' ', carrier_code) as example
from by_grain
where carrier_code <> '*' and (option_labelled_gap <> 0 or option_scanned_gap <> 0 or option_due_gap <> 0)
union all
select 'more parcels are followed than the cohort has' as problem, concat(grain, ' ', period, ' ', carrier_code, ' ', group_id) as example
from figures_of
where first_scan_n > labelled or transit_n > scanned or transit_working_days_n > scanned
union all
select 'a rate asks more parcels than its cohort has' as problem, concat(figures_of.grain, ' ', figures_of.carrier_code, ' ', rates.metric) as example
from rates
inner join metrics on rates.metric = metrics.name
inner join figures_of on rates.group_id = figures_of.group_id
where rates.n > case metrics.cohort when 'label' then figures_of.labelled when 'scan' then figures_of.scanned else figures_of.due end
