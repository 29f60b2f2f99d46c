-- grain: one row a period and parcel: every column of parcels, as seen from that period's clock
select
    'current' as period,
    parcels.*
from parcels
union all
select * from previous_parcels
