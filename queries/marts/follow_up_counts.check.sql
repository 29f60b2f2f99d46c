-- what must hold of follow_up_counts; rows are failures
select 'two rows for one cell, measure, duration and ending' as problem, concat(measure, ' ', cast(cell_id as varchar)) as example
from follow_up_counts
group by cell_id, measure, duration, ending, left_out
having count(*) > 1
union all
select 'a row of nobody' as problem, concat(measure, ' ', cast(cell_id as varchar)) as example
from follow_up_counts
where followed_count < 1
union all
select 'the parcels of a cell are neither followed nor left out' as problem, cast(counts.cell_id as varchar) as example
from cohort_counts as counts
left join (
    select
        cell_id,
        sum(followed_count) as followed_count
    from follow_up_counts
    where measure = 'first_scan'
    group by cell_id
) as followed on counts.cell_id = followed.cell_id
where counts.labelled <> coalesce(followed.followed_count, 0)
