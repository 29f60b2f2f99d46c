-- grain: one row a statement that a page may make, with its p after Holm's step-down over all of them: only what is sure is said, named,
-- inked or ranked
with statements as (
    select * from gate_candidates
)

select
    kind,
    scope,
    carrier_code,
    nullif(from_country, '') as from_country,
    nullif(to_country, '') as to_country,
    nullif(delivery_type, '') as delivery_type,
    metric,
    side,
    first_week,
    target_number,
    is_worse,
    p,
    p_holm,
    is_sure
from holm('statements')
