-- grain: one row a cell and a group that it counts in: each carrier, lane, shipping option, week and hour of the week, and the same under
-- '*' for all carriers
with grains as (
    select *
    from (
        values
            ('current', 'carrier'),
            ('current', 'lane'),
            ('current', 'shipping_option'),
            ('previous', 'carrier'),
            ('previous', 'lane'),
            ('previous', 'shipping_option'),
            ('weekly', 'week'),
            ('label_hours', 'label_hour')
    ) as listed (period, grain)
),

cells_doubled as (
    select * from cells
    union all
    select
        cell_id,
        period,
        week_start_date,
        label_weekday,
        label_hour,
        '*' as carrier_code,
        from_country,
        to_country,
        delivery_type,
        service_level,
        shipping_option_code
    from cells
),

known_carriers as (
    select distinct coalesce(carrier_code, '') as carrier_code from parcel_headers
    union all
    select '*' as carrier_code
),

memberships as (
    select
        cells_doubled.cell_id,
        grains.period,
        grains.grain,
        cells_doubled.carrier_code,
        case when grains.grain = 'lane' then cells_doubled.from_country else '' end as from_country,
        case when grains.grain = 'lane' then cells_doubled.to_country else '' end as to_country,
        case when grains.grain = 'lane' then cells_doubled.delivery_type else '' end as delivery_type,
        case when grains.grain = 'shipping_option' then cells_doubled.shipping_option_code else '' end as shipping_option_code,
        cells_doubled.week_start_date,
        cells_doubled.label_weekday,
        cells_doubled.label_hour
    from cells_doubled
    inner join grains on cells_doubled.period = grains.period
    where grains.grain <> 'shipping_option' or cells_doubled.carrier_code <> '*'
    -- every carrier has its line, and all together have one, in both periods: emptiness is said rather than missing
    union all
    select
        cast(null as bigint) as cell_id,
        grains.period,
        grains.grain,
        known_carriers.carrier_code,
        '' as from_country,
        '' as to_country,
        '' as delivery_type,
        '' as shipping_option_code,
        date '1970-01-01' as week_start_date,
        0 as label_weekday,
        -1 as label_hour
    from known_carriers
    cross join grains
    where grains.grain = 'carrier'
)

select
    dense_rank() over (
        order by
            period,
            grain,
            carrier_code,
            from_country,
            to_country,
            delivery_type,
            shipping_option_code,
            week_start_date,
            label_weekday,
            label_hour
    ) as group_id,
    *
from memberships
