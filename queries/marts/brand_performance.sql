-- grain: one row a period, carrier ('*' for all) and brand
select
    groups.period,
    groups.carrier_code,
    nullif(groups.brand_id, -1) as brand_id,
    figures.* exclude (group_id)
from groups
inner join figures on groups.group_id = figures.group_id
where groups.grain = 'brand'
