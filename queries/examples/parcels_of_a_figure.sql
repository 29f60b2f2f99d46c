-- Which parcels are this figure? Those whose promise a carrier did not keep: what promise_kept_rate asks, and does not count.
-- with: carrier=dpd
-- Another figure: its column in place of promise_kept_rate. true is counted, false not, null not asked.
select
    answers.tracking_number,
    answers.start_date as promised_date,
    parcels.from_country,
    parcels.to_country,
    parcels.first_scan_date,
    parcels.first_attempt_date,
    parcels.days_late,
    parcels.outcome
from rate_answers as answers
inner join parcels on answers.account = parcels.account and answers.tracking_number = parcels.tracking_number
where
    answers.period = 'current'
    and answers.carrier_code = $carrier
    and not answers.promise_kept_rate
order by answers.start_date, answers.tracking_number;
