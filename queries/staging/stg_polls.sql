-- grain: one row a successful poll
select
    tracking_number,
    observed_at,
    body_hash,
    run_id
from landed_polls
