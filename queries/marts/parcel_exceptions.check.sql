-- what must hold of parcel_exceptions; rows are failures
select 'two rows for one period and parcel' as problem, concat(period, ' ', tracking_number) as example
from parcel_exceptions
group by period, tracking_number
having count(*) > 1
union all
select 'exceptions are counted and there is no first one, or the other way round' as problem,
    concat(period, ' ', tracking_number) as example
from parcel_exceptions
where (exception_count > 0) <> (first_exception_at is not null)
union all
select 'an exception within 14 days that is not counted' as problem, concat(period, ' ', tracking_number) as example
from parcel_exceptions
where exception_within_14d and exception_count = 0
union all
select 'an exception of a group that is not an exception at all' as problem, concat(period, ' ', tracking_number) as example
from parcel_exceptions
where not exception_within_14d
    and (
        exception_sender_within_14d
        or exception_recipient_within_14d
        or exception_carrier_within_14d
        or exception_border_within_14d
        or exception_unattributed_within_14d
    )
union all
select 'the first counted exception lies after the outcome' as problem,
    concat(exceptions.period, ' ', exceptions.tracking_number) as example
from parcel_exceptions as exceptions
inner join parcel_outcomes as outcomes
    on exceptions.period = outcomes.period and exceptions.tracking_number = outcomes.tracking_number
where exceptions.first_exception_at > outcomes.outcome_at
