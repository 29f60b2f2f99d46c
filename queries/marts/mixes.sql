-- grain: one row a mix of a period that a member of a cohort has: what mix_cells numbers
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
from cohort_members
