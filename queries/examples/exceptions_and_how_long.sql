-- Which exceptions hit most parcels, and how long does it take until such a parcel moves on?
-- Share of the parcels that were watched for 14 days; the hours are of all exceptions of the same group, and empty where not
-- enough of them moved on at all.
select
    codes.exception_group,
    codes.status_code,
    codes.sub_status_code,
    codes.parcels,
    codes.n as of_parcels,
    round(codes.share, 4) as share,
    round(codes.share_lo, 4) as share_lo,
    round(codes.share_hi, 4) as share_hi,
    round(episodes.resolved_p50_hours, 1) as group_resolved_median_hours,
    round(episodes.resolved_p90_hours, 1) as group_resolved_p90_hours
from exception_codes as codes
left join exception_episode_summary as episodes
    on codes.carrier_code = episodes.carrier_code and codes.exception_group = episodes.exception_group
where
    codes.carrier_code = '*'
    and codes.exception_group <> '*'
    and codes.n >= (select value from thresholds where name = 'ranked_from')
order by codes.parcels desc, codes.status_code, codes.sub_status_code
limit 20;
