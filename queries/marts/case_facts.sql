-- grain: one row a fact for the worse that is sure: an open alert (with the lane, from country to country, that makes most of it), a carrier
-- or a lane of one that does worse than the others, a lane that does worse than in its own weeks before, an agreed figure that was missed, or a hand-over cut-off that came earlier; counted in
-- parcels. known_as is what a fact is remembered by from build to build
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
        'alert' as known_as,
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
        compared.scope as known_as,
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
        compared.n * compared.difference_lo as extra_lo,
        compared.n * compared.difference_hi as extra_hi,
        abs(compared.extra) as lost,
        compared.n * (compared.difference_hi - compared.difference_lo) / 2 as margin,
        compared.share,
        compared.p,
        candidates.p_holm,
        cast(null as date) as since
    from compared
    inner join candidates
        on candidates.kind = 'comparison'
        and compared.scope = candidates.scope
        and compared.carrier_code = candidates.carrier_code
        and compared.from_country = coalesce(candidates.from_country, '')
        and compared.to_country = coalesce(candidates.to_country, '')
        and compared.delivery_type = coalesce(candidates.delivery_type, '')
        and compared.metric = candidates.metric
    where compared.period = 'current' and compared.other_carrier_code = '*' and candidates.is_sure and compared.is_worse
),

change_facts as (
    select
        'change' as kind,
        'change' as known_as,
        lane_changes.carrier_code,
        lane_changes.from_country,
        lane_changes.to_country,
        nullif(lane_changes.delivery_type, '') as delivery_type,
        lane_changes.metric,
        'before' as compared_with,
        lane_changes.n,
        lane_changes.x,
        lane_changes.x / lane_changes.n as value,
        lane_changes.usual,
        lane_changes.extra,
        abs(lane_changes.extra) as lost,
        candidates.p,
        candidates.p_holm,
        lane_changes.first_week as since,
        lane_changes.weeks
    from lane_changes
    inner join candidates
        on candidates.kind = 'change'
        and lane_changes.carrier_code = candidates.carrier_code
        and lane_changes.from_country = coalesce(candidates.from_country, '')
        and lane_changes.to_country = coalesce(candidates.to_country, '')
        and lane_changes.delivery_type = coalesce(candidates.delivery_type, '')
        and lane_changes.metric = candidates.metric
    where candidates.is_sure
),

target_facts as (
    select
        'target' as kind,
        -- another figure, other dates or another service level are another agreement
        concat_ws(' ', 'target', targets.target, targets.service_level, targets.from_date, targets.to_date) as known_as,
        targets.carrier_code,
        coalesce(targets.from_country, '') as from_country,
        coalesce(targets.to_country, '') as to_country,
        targets.delivery_type,
        targets.metric,
        'target' as compared_with,
        targets.n,
        targets.x,
        targets.rate as value,
        targets.target as usual,
        case metrics.better when 'higher' then -targets.short_by else targets.short_by end as extra,
        case metrics.better when 'higher' then -targets.short_by_hi else targets.short_by_lo end as extra_lo,
        case metrics.better when 'higher' then -targets.short_by_lo else targets.short_by_hi end as extra_hi,
        targets.short_by as lost,
        candidates.p,
        candidates.p_holm,
        targets.target_number
    from targets
    inner join candidates on candidates.kind = 'target' and targets.target_number = candidates.target_number
    inner join metrics on targets.metric = metrics.name
    -- of all carriers together nobody can be called
    where candidates.is_sure and candidates.is_worse and targets.carrier_code is not null
),

cut_off_facts as (
    select
        'cut_off' as kind,
        concat_ws(' ', 'cut_off', moves.old_hour, moves.new_hour) as known_as,
        moves.carrier_code,
        '' as from_country,
        '' as to_country,
        candidates.metric,
        'before' as compared_with,
        moves.n,
        moves.x,
        moves.new_hour as value,
        moves.old_hour as usual,
        moves.x - moves.n * moves.usual_x / moves.usual_n as extra,
        abs(moves.x - moves.n * moves.usual_x / moves.usual_n) as lost,
        candidates.p,
        candidates.p_holm
    from cut_off_moves as moves
    inner join candidates on candidates.kind = 'cut_off' and moves.carrier_code = candidates.carrier_code
    where candidates.is_sure and candidates.is_worse
),

facts as (
    select * from alert_facts
    union all by name
    select * from comparison_facts
    union all by name
    select * from change_facts
    union all by name
    select * from target_facts
    union all by name
    select * from cut_off_facts
)

select
    facts.* replace (
        -- a fact that merely lasts is no news: when it first passed stands in the marts, from build to build
        coalesce(facts.since, case_history.since, run_parameters.as_of_date) as since
    )
from facts
cross join run_parameters
left join case_history
    on facts.known_as = case_history.kind
    and facts.carrier_code = case_history.carrier_code
    and facts.from_country = case_history.from_country
    and facts.to_country = case_history.to_country
    and coalesce(facts.delivery_type, '') = case_history.delivery_type
    and facts.metric = case_history.metric
    and case_history.since <= run_parameters.as_of_date
