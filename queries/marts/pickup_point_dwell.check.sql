-- what must hold of pickup_point_dwell; rows are failures
select 'two rows for one carrier' as problem, carrier_code as example
from pickup_point_dwell
group by carrier_code
having count(*) > 1
union all
select 'the carriers do not add up to all carriers' as problem, concat(sum(parcels), ' parcels') as example
from pickup_point_dwell
having sum(case when carrier_code = '*' then parcels else -parcels end) <> 0
union all
select 'a figure lies outside its interval' as problem, carrier_code as example
from pickup_point_dwell
where dwell_p50_hours < dwell_p50_hours_lo
    or dwell_p50_hours > dwell_p50_hours_hi
    or dwell_p90_hours < dwell_p90_hours_lo
    or dwell_p90_hours > dwell_p90_hours_hi
    or dwell_p50_hours > dwell_p90_hours
    or dwell_p50_hours_lo < 0
    or collected_share not between collected_share_lo and collected_share_hi
    or collected_share_lo < 0
    or collected_share_hi > 1
