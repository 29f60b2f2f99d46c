-- what must hold of rate_counts; rows are failures
select 'two rows for one cell and rate' as problem, concat(cell_id, ' ', metric) as example
from rate_counts
group by cell_id, metric
having count(*) > 1
union all
select 'more parcels are counted than there are' as problem, concat(cell_id, ' ', metric) as example
from rate_counts
where x > n or x < 0 or n < 0 or x is null or n is null
