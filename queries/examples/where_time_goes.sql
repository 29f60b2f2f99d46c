-- Where does the time between label and delivery go, and whose is it: ours, the carrier's, or the recipient's?
-- Mean hours of the parcels that were delivered; those still under way are not in it.
select
    carrier_code,
    part,
    owner,
    round(mean_hours, 1) as mean_hours,
    round(share, 3) as share_of_the_time,
    parcels
from delay_breakdown
where parcels >= (select value from thresholds where name = 'ranked_from')
order by carrier_code, part_order;
