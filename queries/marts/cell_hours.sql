-- grain: one row a cell of cells and hour in which parcels of it ended their wait (cohort label: for the first scan; scan: in transit): how
-- many by the event of interest, by a competing one, and by the end of watching; hour 336 is 336 and more
with followed as (
    select
        cell_id,
        start_date,
        case when measure = 'first_scan' then 'label' else 'scan' end as cohort,
        cast(floor(lesser_of(duration, 336.0)) as bigint) as hour,
        ending
    from follow_ups
    where left_out is null and measure in ('first_scan', 'transit')
)

select
    followed.cohort,
    followed.start_date,
    mix_cells.carrier_code,
    nullif(mix_cells.from_country, '') as from_country,
    nullif(mix_cells.to_country, '') as to_country,
    mix_cells.delivery_type,
    mix_cells.service_level,
    mix_cells.shipping_option_code,
    nullif(mix_cells.brand_id, -1) as brand_id,
    mix_cells.account,
    followed.hour,
    count(*) filter (where followed.ending = 'interest') as interest,
    count(*) filter (where followed.ending = 'competing') as competing,
    count(*) filter (where followed.ending = 'censored') as censored
from followed
inner join mix_cells on followed.cell_id = mix_cells.cell_id
where mix_cells.period = 'weekly'
group by
    followed.cohort,
    followed.start_date,
    mix_cells.carrier_code,
    mix_cells.from_country,
    mix_cells.to_country,
    mix_cells.delivery_type,
    mix_cells.service_level,
    mix_cells.shipping_option_code,
    mix_cells.brand_id,
    mix_cells.account,
    followed.hour
