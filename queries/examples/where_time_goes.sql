-- Where are parcels in the 14 days after their label, and whose is the time: ours, the carrier's, or after the first attempt?
-- Mean hours a parcel, those still under way included; what was returned or lost stays where it ended.
select
    carrier_code,
    round(hours_to_scan, 1) as hours_to_scan,
    round(hours_to_attempt, 1) as hours_to_attempt,
    round(hours_to_delivery, 1) as hours_to_delivery,
    parcels
from delay_breakdown
where parcels >= (select value from thresholds where name = 'ranked_from')
order by carrier_code;
