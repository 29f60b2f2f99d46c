-- Where does the first attempt at the door fail? Carriers and destinations by success of the first attempt.
select
    carrier_code,
    from_country,
    to_country,
    first_attempt_success_rate_n as home_parcels_attempted,
    round(first_attempt_success_rate, 3) as first_attempt_success,
    round(first_attempt_success_rate_lo, 3) as limit_lo,
    round(first_attempt_success_rate_hi, 3) as limit_hi,
    round(diverted_to_pickup_rate, 3) as diverted_to_pickup,
    round((1 - first_attempt_success_rate) * first_attempt_success_rate_n) as failed_attempts
from lane_performance
where
    period = 'current'
    and carrier_code <> '*'
    and delivery_type = 'home'
    and first_attempt_success_rate_n >= (select value from thresholds where name = 'ranked_from')
order by lane_performance.first_attempt_success_rate, carrier_code, from_country, to_country;
