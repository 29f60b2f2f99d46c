-- what must hold of delay_breakdown; rows are failures
select 'two rows for one carrier' as problem, carrier_code as example
from delay_breakdown
group by carrier_code
having count(*) > 1
union all
select 'a part of the way takes negative hours, or all of it more than 336' as problem, carrier_code as example
from delay_breakdown
where hours_to_scan < -1e-6
    or hours_to_attempt < -1e-6
    or hours_to_delivery < -1e-6
    or coalesce(hours_to_scan, 0) + coalesce(hours_to_attempt, 0) + coalesce(hours_to_delivery, 0) > 336 + 1e-6
union all
select 'a later part is known where an earlier one is not' as problem, carrier_code as example
from delay_breakdown
where (hours_to_scan is null and hours_to_attempt is not null) or (hours_to_attempt is null and hours_to_delivery is not null)
union all
select 'the carriers do not add up to all carriers' as problem, cast(gap as varchar) as example
from (
    select sum(case when carrier_code = '*' then parcels else -parcels end) as gap
    from delay_breakdown
) as gaps
where gap <> 0
