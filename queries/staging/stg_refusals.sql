-- grain: one row a refused body or input line
select
    run_id,
    healed_at
from landed_refusals
