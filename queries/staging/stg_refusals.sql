-- grain: one row a refused body or input line
select
    run_id,
    refused_at,
    source as refusal_source,
    place as refusal_place,
    json_path,
    expected as expected_type,
    found as found_type
from landed_refusals
