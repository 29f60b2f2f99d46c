-- what must hold of data_quality_counts; rows are failures
select 'two rows for one check and carrier' as problem, concat(check_name, ' ', carrier_code) as example
from data_quality_counts
group by check_name, carrier_code
having count(*) > 1
union all
select 'more affected than there are' as problem, concat(check_name, ' ', carrier_code) as example
from data_quality_counts
where affected > base or affected < 0
