-- grain: one row a distinct response of a tracking number
select
    tracking_number,
    body_hash,
    announced_at,
    coalesce(is_midnight(announced_at), false) as is_announced_date_only,
    carrier_code,
    carrier_count,
    from_country,
    from_postal_area,
    to_country,
    to_postal_area,
    is_return,
    is_mail_box,
    is_to_service_point,
    expected_delivery_date,
    brand_id,
    integration_id,
    shipping_option_code,
    contract_id,
    invalid_code_count,
    unknown_field_count
from landed_responses
