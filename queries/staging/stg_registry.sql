-- grain: one row a registered tracking number
select
    tracking_number,
    carrier_code as registered_carrier_code,
    registered_at,
    coalesce(alias_of, tracking_number) as owner_number,
    state as registry_state,
    state_reason as registry_state_reason,
    not_found_count
from registry
