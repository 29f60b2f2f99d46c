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
select 'a place of two parcels, or a parcel of two places' as problem, min(parcel_number) as example
from event_numbers
group by parcel_place
having count(distinct parcel_number) > 1
