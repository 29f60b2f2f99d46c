-- what must hold of open_counts; rows are failures
select 'two rows for one carrier' as problem, carrier_code as example
from open_counts
group by carrier_code
having count(*) > 1
union all
select 'more stalled than open, or none open' as problem, carrier_code as example
from open_counts
where stalled_now > open_now or open_now < 1
