-- grain: one row a tracking number that the account's list of shipments showed
select
    tracking_number,
    listed_at,
    handover_at,
    is_return as is_listed_return
from landed_shipments
