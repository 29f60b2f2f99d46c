-- grain: one row a registered number that is no longer asked for
select
    tracking_number,
    account_of(tracking_number) as account,
    registered_carrier_code as carrier_code,
    coalesce(dead_reason, 'unknown') as reason,
    dead_since,
    registered_at
from stg_registry
where registry_state = 'dead'
