-- what must hold of comparison_figures; rows are failures
select 'all carriers together are compared with nobody' as problem, cast(comparison_figures.group_id as varchar) as example
from comparison_figures
inner join groups on comparison_figures.group_id = groups.group_id
where groups.carrier_code = '*' and (on_time_rate_vs_others_n is not null or on_time_rate_vs_others is not null)
union all
select 'a carrier or a lane without a row' as problem, cast(groups.group_id as varchar) as example
from groups
left join comparison_figures on groups.group_id = comparison_figures.group_id
where groups.grain in ('carrier', 'lane') and comparison_figures.group_id is null
union all
select 'one row twice' as problem, cast(group_id as varchar) as example
from comparison_figures
group by group_id
having count(*) > 1
