-- grain: one row a cell and a group that it counts in: each carrier, lane, shipping option, week and hour of the week, and the same under
-- '*' for all carriers
with cells_doubled as (
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
        cell_id,
        period,
        'carrier' as grain,
        carrier_code,
        '' as from_country,
        '' as to_country,
        '' as delivery_type,
        '' as shipping_option_code,
        date '1970-01-01' as week_start_date,
        0 as label_weekday,
        -1 as label_hour
    from cells_doubled
    where period in ('current', 'previous')
    union all
    select
        cell_id,
        period,
        'lane' as grain,
        carrier_code,
        from_country,
        to_country,
        delivery_type,
        '' as shipping_option_code,
        date '1970-01-01' as week_start_date,
        0 as label_weekday,
        -1 as label_hour
    from cells_doubled
    where period in ('current', 'previous')
    union all
    select
        cell_id,
        period,
        'shipping_option' as grain,
        carrier_code,
        '' as from_country,
        '' as to_country,
        '' as delivery_type,
        shipping_option_code,
        date '1970-01-01' as week_start_date,
        0 as label_weekday,
        -1 as label_hour
    from cells_doubled
    where period in ('current', 'previous') and carrier_code <> '*'
    union all
    select
        cell_id,
        period,
        'week' as grain,
        carrier_code,
        '' as from_country,
        '' as to_country,
        '' as delivery_type,
        '' as shipping_option_code,
        week_start_date,
        0 as label_weekday,
        -1 as label_hour
    from cells_doubled
    where period = 'weekly'
    union all
    select
        cell_id,
        period,
        'label_hour' as grain,
        carrier_code,
        '' as from_country,
        '' as to_country,
        '' as delivery_type,
        '' as shipping_option_code,
        date '1970-01-01' as week_start_date,
        label_weekday,
        label_hour
    from cells_doubled
    where period = 'label_hours'
    -- every carrier has its line, and all together have one, in both periods: emptiness is said rather than missing
    union all
    select
        cast(null as bigint) as cell_id,
        period,
        'carrier' as grain,
        known_carriers.carrier_code,
        '' as from_country,
        '' as to_country,
        '' as delivery_type,
        '' as shipping_option_code,
        date '1970-01-01' as week_start_date,
        0 as label_weekday,
        -1 as label_hour
    from periods
    cross join known_carriers
    where period in ('current', 'previous')
),

ranked as (
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
)

select * from ranked
