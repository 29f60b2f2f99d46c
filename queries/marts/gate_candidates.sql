-- grain: one row a statement that a page may make: a carrier or a lane of one against the other carriers, an open alert for the worse, a lane
-- that does worse than in its own weeks before, an agreed figure that was met or missed, or a hand-over cut-off that moved; with the chance that nothing is behind it. What a carrier cannot be
-- judged by is no candidate
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
),

least_counts as (
    select max(value) filter (where name = 'ranked_from') as least_n from seed_thresholds
),

-- the score test, of which Wilson's interval is made; where all or none were agreed on, one that differs is no chance
agreed as (
    select
        'target' as kind,
        case when targets.from_country is null and targets.to_country is null then 'carrier' else 'lane' end as scope,
        coalesce(targets.carrier_code, '*') as carrier_code,
        coalesce(targets.from_country, '') as from_country,
        coalesce(targets.to_country, '') as to_country,
        coalesce(targets.delivery_type, '') as delivery_type,
        targets.metric,
        targets.target_number,
        case metrics.better
            when 'higher' then targets.x < targets.target * targets.n - 1e-9
            when 'lower' then targets.x > targets.target * targets.n + 1e-9
        end as is_worse,
        case
            when targets.target between 1e-9 and 1 - 1e-9
                then normal_p((targets.x - targets.target * targets.n) / sqrt(targets.target * (1 - targets.target) * targets.n))
            when abs(targets.x - targets.target * targets.n) < 1e-6 then 1.0
            else 0.0
        end as p
    from targets
    inner join metrics on targets.metric = metrics.name
    cross join least_counts
    where targets.n >= least_counts.least_n
),

moves as (
    select
        'cut_off' as kind,
        'carrier' as scope,
        cut_off_moves.carrier_code,
        '' as from_country,
        '' as to_country,
        '' as delivery_type,
        'first_scan_p50_hours' as metric,
        cut_off_moves.is_worse,
        cut_off_moves.p
    from cut_off_moves
    cross join least_counts
    where cut_off_moves.n >= least_counts.least_n and cut_off_moves.usual_n >= least_counts.least_n and cut_off_moves.is_borne_out
),

changes as (
    select
        'change' as kind,
        'lane' as scope,
        carrier_code,
        from_country,
        to_country,
        delivery_type,
        metric,
        first_week,
        is_worse,
        p
    from lane_changes
    where is_worse
)

select * from differences
union all by name
select * from changes
union all by name
select * from open_alerts
union all by name
select * from agreed
union all by name
select * from moves
