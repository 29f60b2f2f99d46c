-- what must hold of stratum_groups; rows are failures
select 'a cell counts twice in a group' as problem, concat(cast(group_id as varchar), ' ', cast(cell_id as varchar)) as example
from stratum_groups
group by group_id, cell_id
having count(*) > 1
union all
select 'a carrier is among its own others' as problem, cast(stratum_groups.group_id as varchar) as example
from stratum_groups
inner join mix_cells on stratum_groups.cell_id = mix_cells.cell_id
where (stratum_groups.grain = 'stratum') <> (stratum_groups.carrier_code = mix_cells.carrier_code)
union all
select 'a group that has the number of another kind of group' as problem, cast(stratum_groups.group_id as varchar) as example
from stratum_groups
inner join cell_groups on stratum_groups.group_id = cell_groups.group_id
