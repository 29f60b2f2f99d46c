-- what must hold of cohort_counts; rows are failures
select 'two rows for one cell' as problem, cast(cell_id as varchar) as example
from cohort_counts
group by cell_id
having count(*) > 1
union all
select 'a cell that is no cell, or a cell without a row' as problem,
    concat(cast(mix_cells.cell_id as varchar), ' ', cast(counts.cell_id as varchar)) as example
from mix_cells
full join cohort_counts as counts on mix_cells.cell_id = counts.cell_id
where mix_cells.cell_id is null or counts.cell_id is null
union all
select 'a cell without members, or with more watched than scanned' as problem, cast(cell_id as varchar) as example
from cohort_counts
where labelled + scanned + due < 1 or watched_14d > scanned
