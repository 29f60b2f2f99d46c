-- grain: one row a period and parcel: how it ended, as the earliest of its ends
with milestones as (
    select * from parcel_milestones
),

ends as (
    select period, tracking_number, 'delivered' as outcome, delivered_at as outcome_at, is_delivered_date_only as is_outcome_date_only, 1 as precedence
    from milestones
    union all
    select period, tracking_number, 'returned' as outcome, returned_at as outcome_at, is_returned_date_only as is_outcome_date_only, 2 as precedence
    from milestones
    union all
    select period, tracking_number, 'lost' as outcome, lost_at as outcome_at, is_lost_date_only as is_outcome_date_only, 3 as precedence
    from milestones
    union all
    select period, tracking_number, 'cancelled' as outcome, cancelled_at as outcome_at, is_cancelled_date_only as is_outcome_date_only, 4 as precedence
    from milestones
    union all
    select period, tracking_number, 'forced' as outcome, forced_at as outcome_at, is_forced_date_only as is_outcome_date_only, 5 as precedence
    from milestones
),

ranked as (
    select
        *,
        row_number() over (partition by period, tracking_number order by outcome_at, precedence) as end_number
    from ends
    where outcome_at is not null
)

select
    clocks.period,
    clocks.tracking_number,
    coalesce(ranked.outcome, 'open') as outcome,
    ranked.outcome_at,
    coalesce(ranked.is_outcome_date_only, false) as is_outcome_date_only
from parcel_clocks as clocks
left join ranked
    on clocks.period = ranked.period and clocks.tracking_number = ranked.tracking_number and ranked.end_number = 1
