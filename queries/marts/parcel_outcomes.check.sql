-- what must hold of parcel_outcomes; rows are failures
select 'two rows for one period and parcel' as problem, concat(period, ' ', tracking_number) as example
from parcel_outcomes
group by period, tracking_number
having count(*) > 1
union all
select 'a parcel without an outcome' as problem, concat(clocks.period, ' ', clocks.tracking_number) as example
from parcel_clocks as clocks
left join parcel_outcomes as outcomes
    on clocks.period = outcomes.period and clocks.tracking_number = outcomes.tracking_number
where outcomes.tracking_number is null
union all
select 'an outcome that nobody knows' as problem, concat(period, ' ', tracking_number) as example
from parcel_outcomes
where outcome not in ('delivered', 'returned', 'lost', 'cancelled', 'forced', 'open')
union all
select 'closed without a time, or open with one' as problem, concat(period, ' ', tracking_number) as example
from parcel_outcomes
where (outcome = 'open') <> (outcome_at is null)
union all
select 'an end that lies before the outcome' as problem, concat(outcomes.period, ' ', outcomes.tracking_number) as example
from parcel_outcomes as outcomes
inner join parcel_milestones as milestones
    on outcomes.period = milestones.period and outcomes.tracking_number = milestones.tracking_number
where outcomes.outcome_at > milestones.delivered_at
    or outcomes.outcome_at > milestones.returned_at
    or outcomes.outcome_at > milestones.lost_at
    or outcomes.outcome_at > milestones.cancelled_at
    or outcomes.outcome_at > milestones.forced_at
