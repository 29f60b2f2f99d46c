-- what must hold of overdue_parcels; rows are failures
select 'two rows for one parcel' as problem, tracking_number as example
from overdue_parcels
group by tracking_number
having count(*) > 1
union all
select 'a parcel that is not late, closed or already attempted' as problem, overdue.tracking_number as example
from overdue_parcels as overdue
left join parcels on overdue.tracking_number = parcels.tracking_number
where parcels.outcome is distinct from 'open'
    or parcels.first_attempt_at is not null
    or parcels.on_time is distinct from false
    or coalesce(overdue.days_overdue, 0) < 1
