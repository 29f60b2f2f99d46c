-- grain: one row a refused body or input line
select
    run_id
from landed_refusals
