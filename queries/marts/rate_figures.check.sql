-- what must hold of rate_figures; rows are failures
select 'two rows for one group' as problem, cast(group_id as varchar) as example
from rate_figures
group by group_id
having count(*) > 1
union all
select 'a group without a row' as problem, cast(groups.group_id as varchar) as example
from groups
left join rate_figures on groups.group_id = rate_figures.group_id
where rate_figures.group_id is null
