-- grain: one row a cell and a group of strata that it counts in: a carrier in a stratum (lane, delivery type, service level), and all other
-- carriers there, under the carrier that they are the others of; for curves, which are compared like with like. Numbered
-- below zero: the groups of cell_groups count from one
with rivals as (
    select distinct
        period,
        carrier_code,
        from_country,
        to_country,
        delivery_type,
        service_level
    from mix_cells
    where period in ('current', 'previous')
),

memberships as (
    select
        mix_cells.cell_id,
        rivals.period,
        case when mix_cells.carrier_code = rivals.carrier_code then 'stratum' else 'stratum_others' end as grain,
        rivals.carrier_code,
        rivals.from_country,
        rivals.to_country,
        rivals.delivery_type,
        rivals.service_level
    from mix_cells
    inner join rivals
        on mix_cells.period = rivals.period
        and mix_cells.from_country = rivals.from_country
        and mix_cells.to_country = rivals.to_country
        and mix_cells.delivery_type = rivals.delivery_type
        and mix_cells.service_level = rivals.service_level
)

select
    -dense_rank() over (
        order by
            period,
            grain,
            carrier_code,
            from_country,
            to_country,
            delivery_type,
            service_level
    ) as group_id,
    *
from memberships
