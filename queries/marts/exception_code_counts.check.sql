-- what must hold of exception_code_counts; rows are failures
select 'two rows for one carrier and code' as problem, concat(carrier_code, ' ', status_code, ' ', sub_status_code) as example
from exception_code_counts
group by carrier_code, exception_group, status_code, sub_status_code
having count(*) > 1
union all
select 'more parcels than events, or none' as problem, concat(carrier_code, ' ', status_code, ' ', sub_status_code) as example
from exception_code_counts
where parcels > event_count or parcels < 1
