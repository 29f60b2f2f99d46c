-- grain: one row a registered tracking number
select
    tracking_number,
    carrier_code as registered_carrier_code,
    coalesce(alias_of, tracking_number) as owner_number,
    state as registry_state,
    state_reason as dead_reason,
    dead_since,
    registered_at
from registry
