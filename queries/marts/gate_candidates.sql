-- grain: one row a statement that a page may make: a carrier or a lane of one against the other carriers, or an open alert for the worse; with
-- the chance that nothing is behind it. What a carrier cannot be judged by is no candidate
with foreseen as (
    select
        groups.grain as scope,
        groups.carrier_code,
        groups.from_country,
        groups.to_country,
        groups.delivery_type,
        coalesce(rates.rate >= foreseen_from(), false) as is_foreseen
    from rates
    inner join groups on rates.group_id = groups.group_id
    where rates.metric = 'promise_foreseen_rate' and groups.period = 'current' and groups.grain in ('carrier', 'lane')
),

differences as (
    select
        'comparison' as kind,
        compared.scope,
        compared.carrier_code,
        compared.from_country,
        compared.to_country,
        compared.delivery_type,
        compared.metric,
        cast(null as varchar) as side,
        cast(null as date) as first_week,
        compared.is_worse,
        compared.p
    from compared
    left join foreseen using (scope, carrier_code, from_country, to_country, delivery_type)
    where compared.period = 'current'
        and compared.other_carrier_code = '*'
        and compared.is_comparable
        and (compared.metric <> 'on_time_rate' or foreseen.is_foreseen)
),

open_alerts as (
    select
        'alert' as kind,
        'carrier' as scope,
        carrier_code,
        '' as from_country,
        '' as to_country,
        '' as delivery_type,
        metric,
        side,
        first_week,
        is_worse,
        p
    from alerts
    where is_open and is_worse
)

select * from differences
union all by name
select * from open_alerts
