-- grain: one row a cell: a period (a week of it in 'weekly', an hour of the week in 'label_hours'), carrier, lane, delivery type, service level, shipping option, brand and account with parcels: what the build counts from
with members as (
    select distinct
        period,
        week_start_date,
        label_weekday,
        label_hour,
        carrier_code,
        from_country,
        to_country,
        delivery_type,
        service_level,
        shipping_option_code,
        brand_id,
        account
    from mixes
)

select
    row_number() over (
        order by
            period,
            week_start_date,
            label_weekday,
            label_hour,
            carrier_code,
            from_country,
            to_country,
            delivery_type,
            service_level,
            shipping_option_code,
            brand_id,
            account
    ) as cell_id,
    *
from members
