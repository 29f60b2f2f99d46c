-- what must hold of groups; rows are failures
select 'two rows for one group' as problem, cast(group_id as varchar) as example
from groups
group by group_id
having count(*) > 1
union all
select 'a carrier without its line in a period' as problem, carriers.carrier_code as example
from (select distinct carrier_code from mix_cells) as carriers
left join groups on carriers.carrier_code = groups.carrier_code and groups.grain = 'carrier'
group by carriers.carrier_code
having count(groups.group_id) <> 2
