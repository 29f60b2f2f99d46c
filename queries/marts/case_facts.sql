-- grain: one row a fact for the worse that is sure: an open alert (with the lane, from country to country, that makes most of it), or a carrier
-- or a lane of one that does worse than the others; counted in parcels
with sure_alerts as (
    select
        alerts.*,
        candidates.p_holm
    from alerts
    inner join candidates
        on candidates.kind = 'alert'
        and alerts.carrier_code = candidates.carrier_code
        and alerts.metric = candidates.metric
        and alerts.side = candidates.side
        and alerts.first_week = candidates.first_week
    where candidates.is_sure
),

lanes as (
    select
        carrier_code,
        metric,
        side,
        first_week,
        coalesce(from_country, '') as from_country,
        coalesce(to_country, '') as to_country,
        sum(n) as n,
        sum(x) as x,
        sum(n * usual) as usual_x,
        sum(case side when 'above' then extra else -extra end) as lost
    from alert_lanes
    group by all
),

ranked_lanes as (
    select
        *,
        sum(n) over alert as all_n,
        sum(x) over alert as all_x,
        sum(usual_x) over alert as all_usual_x,
        sum(greatest(lost, 0.0)) over alert as all_lost,
        row_number() over (partition by carrier_code, metric, side, first_week order by lost desc, from_country, to_country) as place
    from lanes
    window alert as (partition by carrier_code, metric, side, first_week)
),

worst_lanes as (
    select
        *,
        lost >= alert_lane_parcels() and lost > all_lost / 2 as is_named
    from ranked_lanes
    where place = 1
),

alert_facts as (
    select
        'alert' as kind,
        sure_alerts.carrier_code,
        case when worst_lanes.is_named then worst_lanes.from_country else '' end as from_country,
        case when worst_lanes.is_named then worst_lanes.to_country else '' end as to_country,
        cast(null as varchar) as delivery_type,
        sure_alerts.metric,
        'before' as compared_with,
        case when worst_lanes.is_named then worst_lanes.n else sure_alerts.n end as n,
        case when worst_lanes.is_named then worst_lanes.x else worst_lanes.all_x end as x,
        case when worst_lanes.is_named then worst_lanes.x / worst_lanes.n else sure_alerts.value end as value,
        case when worst_lanes.is_named then worst_lanes.usual_x / worst_lanes.n else sure_alerts.usual end as usual,
        case when worst_lanes.is_named then worst_lanes.x - worst_lanes.usual_x else worst_lanes.all_x - sure_alerts.n * sure_alerts.usual end as extra,
        case when worst_lanes.is_named then worst_lanes.lost else abs(worst_lanes.all_x - sure_alerts.n * sure_alerts.usual) end as lost,
        cast(null as double) as margin,
        cast(null as double) as share,
        sure_alerts.p,
        sure_alerts.p_holm,
        sure_alerts.first_week as since,
        sure_alerts.weeks,
        case when worst_lanes.is_named then worst_lanes.all_n - worst_lanes.n end as elsewhere_n,
        case when worst_lanes.is_named then worst_lanes.all_x - worst_lanes.x end as elsewhere_x,
        case when worst_lanes.is_named then (worst_lanes.all_usual_x - worst_lanes.usual_x) / nullif(worst_lanes.all_n - worst_lanes.n, 0) end
            as elsewhere_usual
    from sure_alerts
    left join worst_lanes using (carrier_code, metric, side, first_week)
),

comparison_facts as (
    select
        compared.scope as kind,
        compared.carrier_code,
        compared.from_country,
        compared.to_country,
        nullif(compared.delivery_type, '') as delivery_type,
        compared.metric,
        'others' as compared_with,
        compared.n,
        round(compared.own_rate * compared.n) as x,
        compared.own_rate as value,
        compared.other_rate as usual,
        compared.extra,
        abs(compared.extra) as lost,
        compared.n * (compared.difference_hi - compared.difference_lo) / 2 as margin,
        compared.share,
        compared.p,
        candidates.p_holm,
        coalesce(case_history.since, run_parameters.as_of_date) as since,
        cast(null as bigint) as weeks,
        cast(null as bigint) as elsewhere_n,
        cast(null as bigint) as elsewhere_x,
        cast(null as double) as elsewhere_usual
    from compared
    inner join candidates
        on candidates.kind = 'comparison'
        and compared.scope = candidates.scope
        and compared.carrier_code = candidates.carrier_code
        and compared.from_country = coalesce(candidates.from_country, '')
        and compared.to_country = coalesce(candidates.to_country, '')
        and compared.delivery_type = coalesce(candidates.delivery_type, '')
        and compared.metric = candidates.metric
    cross join run_parameters
    -- a fact that merely lasts is no news: when it first passed stands in the marts, from build to build
    left join case_history
        on compared.scope = case_history.kind
        and compared.carrier_code = case_history.carrier_code
        and compared.from_country = case_history.from_country
        and compared.to_country = case_history.to_country
        and compared.delivery_type = case_history.delivery_type
        and compared.metric = case_history.metric
        and case_history.since <= run_parameters.as_of_date
    where compared.period = 'current' and compared.other_carrier_code = '*' and candidates.is_sure and compared.is_worse
)

select * from alert_facts
union all by name
select * from comparison_facts
