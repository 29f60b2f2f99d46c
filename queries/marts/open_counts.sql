-- grain: one row a carrier with an open outbound scanned parcel: how many, and how many of them are stalled
select
    carrier_code,
    count(*) as open_now,
    count(*) filter (where is_stalled) as stalled_now
from open_parcels
group by carrier_code
