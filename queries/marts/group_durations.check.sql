-- what must hold of group_durations; rows are failures
select 'two rows for one group and measure' as problem, concat(cast(group_id as varchar), ' ', measure) as example
from group_durations
group by group_id, measure
having count(*) > 1
