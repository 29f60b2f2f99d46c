-- grain: one row a cell, group and measure whose curve the group has
select
    cell_groups.cell_id,
    cell_groups.group_id,
    measures.measure,
    measures.measure_number,
    measures.is_of_carriers
from cell_groups
cross join measures
where not measures.is_of_carriers or cell_groups.grain = 'carrier'
union all
select
    stratum_groups.cell_id,
    stratum_groups.group_id,
    measures.measure,
    measures.measure_number,
    measures.is_of_carriers
from stratum_groups
cross join measures
where measures.measure = 'transit'
