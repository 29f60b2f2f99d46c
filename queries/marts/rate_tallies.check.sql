-- what must hold of rate_tallies; rows are failures
select 'two rows for one cell' as problem, cast(cell_id as varchar) as example
from rate_tallies
group by cell_id
having count(*) > 1
union all
select 'a cell that is no cell, or a cell without a row' as problem, concat(cast(mix_cells.cell_id as varchar), ' ', cast(rate_tallies.cell_id as varchar)) as example
from mix_cells
full join rate_tallies on mix_cells.cell_id = rate_tallies.cell_id
where mix_cells.cell_id is null or (rate_tallies.cell_id is null and mix_cells.period <> 'weekly')
