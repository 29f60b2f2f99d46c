-- grain: one row a group: whose figures they are
select distinct
    group_id,
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
from cell_groups
