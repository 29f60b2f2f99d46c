-- what must hold of cell_groups; rows are failures
select 'a cell counts twice in a group' as problem, concat(cast(group_id as varchar), ' ', cast(cell_id as varchar)) as example
from cell_groups
where cell_id is not null
group by group_id, cell_id
having count(*) > 1
union all
select 'a group of two carriers, periods or grains' as problem, cast(group_id as varchar) as example
from cell_groups
group by group_id
having count(distinct concat(period, ' ', grain, ' ', carrier_code)) > 1
union all
select 'a cell is missing from its carrier, its lane or all carriers together' as problem, cast(mix_cells.cell_id as varchar) as example
from mix_cells
left join cell_groups as memberships on mix_cells.cell_id = memberships.cell_id
where mix_cells.period in ('current', 'previous')
group by mix_cells.cell_id, mix_cells.carrier_code
having count(*) filter (where memberships.grain = 'carrier' and memberships.carrier_code = mix_cells.carrier_code) <> 1
    or count(*) filter (where memberships.grain = 'carrier' and memberships.carrier_code = '*') <> 1
    or count(*) filter (where memberships.grain = 'lane' and memberships.carrier_code = mix_cells.carrier_code) <> 1
    or count(*) filter (where memberships.grain = 'lane' and memberships.carrier_code = '*') <> 1
    or count(*) filter (where memberships.grain = 'shipping_option') <> 1
