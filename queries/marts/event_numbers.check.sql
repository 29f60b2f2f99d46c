-- what must hold of event_numbers; rows are failures
select 'two rows for one number' as problem, tracking_number as example
from event_numbers
group by tracking_number
having count(*) > 1
union all
select 'a number was polled after its parcel''s last poll' as problem, tracking_number as example
from event_numbers
where last_poll_at > observed_at
union all
select 'a number of two parcels, or a parcel of two numbers' as problem, min(owner_number) as example
from event_numbers
group by parcel_id
having count(distinct owner_number) > 1
union all
select 'a number of a changed parcel that was polled has no row' as problem, polls.tracking_number as example
from stg_polls as polls
inner join stg_registry as numbers on polls.tracking_number = numbers.tracking_number
inner join changed_parcels as changed on numbers.owner_number = changed.tracking_number
left join event_numbers on polls.tracking_number = event_numbers.tracking_number
cross join run_parameters
where polls.observed_at <= run_parameters.as_of and event_numbers.tracking_number is null
