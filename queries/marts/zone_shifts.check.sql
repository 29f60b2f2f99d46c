-- what must hold of zone_shifts; rows are failures
select 'two rows for one time zone and date' as problem, concat(time_zone, ' ', cast(utc_date as varchar)) as example
from zone_shifts
group by time_zone, utc_date
having count(*) > 1
union all
select 'a shift that no clock on earth has' as problem,
    concat(time_zone, ' ', cast(utc_date as varchar), ' ', cast(shift_hours as varchar)) as example
from zone_shifts
where shift_hours not between -16 and 16
