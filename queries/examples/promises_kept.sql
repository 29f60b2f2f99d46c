-- Who keeps the delivery promise, and whose fault is it when it is broken: theirs, or ours for handing over late?
-- promise_kept is what the customer sees; on_time counts only parcels that the carrier had in time. The adjusted rate is on the
-- same mix of lanes for all carriers: compare on it, where its support is at least a half.
select
    carriers.carrier_name,
    due as promised_parcels,
    round(promise_kept_rate, 3) as promise_kept,
    round(handed_over_late_rate, 3) as we_were_late,
    round(on_time_rate, 3) as on_time,
    round(on_time_rate_lo, 3) as on_time_lo,
    round(on_time_rate_hi, 3) as on_time_hi,
    case when on_time_rate_adj_support >= 0.5 then round(on_time_rate_adj, 3) end as on_time_adjusted,
    case when on_time_rate_adj_support >= 0.5 then round(on_time_rate_expected, 3) end as others_on_the_same_mix
from carrier_performance
inner join carriers on carrier_performance.carrier_code = carriers.carrier_code
where period = 'current' and on_time_rate_n >= (select value from thresholds where name = 'ranked_from')
order by coalesce(on_time_adjusted, on_time) desc, carriers.carrier_name;
