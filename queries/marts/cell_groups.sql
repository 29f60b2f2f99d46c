-- grain: one row a cell and a group that it counts in: each carrier, lane, shipping option, brand, account (where there
-- are several), week, hour of the week and hour of Monday to Thursday (hand_over_hour), and the same under '*' for all carriers;
-- a group without a cell has a null one, and so has each week, whether it was kept or made again
with grains as (
    select *
    from (
        values
            ('current', 'carrier'),
            ('current', 'lane'),
            ('current', 'shipping_option'),
            ('current', 'brand'),
            ('current', 'account'),
            ('previous', 'carrier'),
            ('previous', 'lane'),
            ('previous', 'shipping_option'),
            ('previous', 'brand'),
            ('previous', 'account'),
            ('weekly', 'week'),
            ('label_hours', 'label_hour'),
            ('label_hours', 'hand_over_hour'),
            ('hand_over_latest', 'hand_over_hour'),
            ('hand_over_before', 'hand_over_hour')
    ) as listed (period, grain)
),

cells_doubled as (
    select * from mix_cells
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
        shipping_option_code,
        brand_id,
        account
    from mix_cells
),

weeks as (
    select add_days(monday_of(last_start_date), -52 * 7) as first_week_date
    from periods
    where period = 'weekly'
),

-- one account alone is what its carriers are
account_totals as (
    select count(*) as account_count from accounts
),

carrier_weeks as (
    select
        carrier_code,
        monday_of(start_date) as week_start_date
    from cells
    union
    select
        '*' as carrier_code,
        monday_of(start_date) as week_start_date
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
        case when grains.grain = 'brand' then cells_doubled.brand_id else -1 end as brand_id,
        case when grains.grain = 'account' then cells_doubled.account else '' end as account,
        cells_doubled.week_start_date,
        case when grains.grain = 'hand_over_hour' then 0 else cells_doubled.label_weekday end as label_weekday,
        cells_doubled.label_hour
    from cells_doubled
    inner join grains on cells_doubled.period = grains.period
    cross join weeks
    cross join account_totals
    where (grains.grain <> 'shipping_option' or cells_doubled.carrier_code <> '*')
        and (grains.grain <> 'account' or account_totals.account_count > 1)
        and (grains.grain <> 'hand_over_hour' or cells_doubled.label_weekday <= 4)
        and (grains.grain <> 'week' or cells_doubled.week_start_date >= weeks.first_week_date)
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
        -1 as brand_id,
        '' as account,
        date '1970-01-01' as week_start_date,
        0 as label_weekday,
        -1 as label_hour
    from known_carriers
    cross join grains
    where grains.grain = 'carrier'
    union all
    select
        cast(null as bigint) as cell_id,
        'weekly' as period,
        'week' as grain,
        known_carriers.carrier_code,
        '' as from_country,
        '' as to_country,
        '' as delivery_type,
        '' as shipping_option_code,
        -1 as brand_id,
        '' as account,
        carrier_weeks.week_start_date,
        0 as label_weekday,
        -1 as label_hour
    from carrier_weeks
    inner join known_carriers on carrier_weeks.carrier_code = known_carriers.carrier_code
    cross join weeks
    where carrier_weeks.week_start_date >= weeks.first_week_date
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
            brand_id,
            account,
            week_start_date,
            label_weekday,
            label_hour
    ) as group_id,
    *
from memberships
