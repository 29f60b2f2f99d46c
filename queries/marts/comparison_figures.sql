-- grain: one row a group that is a carrier or a lane of one: what is compared with the other carriers like with like, side by side;
-- made of seeds/metrics.csv by `npm run generate`
select
    groups.group_id,
    max(compared.difference) filter (where compared.metric = 'transit_2_working_days_rate') as transit_2_working_days_rate_vs_others,
    max(compared.difference_lo) filter (where compared.metric = 'transit_2_working_days_rate') as transit_2_working_days_rate_vs_others_lo,
    max(compared.difference_hi) filter (where compared.metric = 'transit_2_working_days_rate') as transit_2_working_days_rate_vs_others_hi,
    case when groups.carrier_code <> '*' then coalesce(max(compared.n) filter (where compared.metric = 'transit_2_working_days_rate'), 0) end as transit_2_working_days_rate_vs_others_n,
    case when groups.carrier_code <> '*' then coalesce(max(compared.share) filter (where compared.metric = 'transit_2_working_days_rate'), 0) end as transit_2_working_days_rate_vs_others_share,
    max(compared.extra) filter (where compared.metric = 'transit_2_working_days_rate') as transit_2_working_days_rate_vs_others_extra,
    max(compared.difference) filter (where compared.metric = 'on_time_rate') as on_time_rate_vs_others,
    max(compared.difference_lo) filter (where compared.metric = 'on_time_rate') as on_time_rate_vs_others_lo,
    max(compared.difference_hi) filter (where compared.metric = 'on_time_rate') as on_time_rate_vs_others_hi,
    case when groups.carrier_code <> '*' then coalesce(max(compared.n) filter (where compared.metric = 'on_time_rate'), 0) end as on_time_rate_vs_others_n,
    case when groups.carrier_code <> '*' then coalesce(max(compared.share) filter (where compared.metric = 'on_time_rate'), 0) end as on_time_rate_vs_others_share,
    max(compared.extra) filter (where compared.metric = 'on_time_rate') as on_time_rate_vs_others_extra,
    max(compared.difference) filter (where compared.metric = 'promise_kept_rate') as promise_kept_rate_vs_others,
    max(compared.difference_lo) filter (where compared.metric = 'promise_kept_rate') as promise_kept_rate_vs_others_lo,
    max(compared.difference_hi) filter (where compared.metric = 'promise_kept_rate') as promise_kept_rate_vs_others_hi,
    case when groups.carrier_code <> '*' then coalesce(max(compared.n) filter (where compared.metric = 'promise_kept_rate'), 0) end as promise_kept_rate_vs_others_n,
    case when groups.carrier_code <> '*' then coalesce(max(compared.share) filter (where compared.metric = 'promise_kept_rate'), 0) end as promise_kept_rate_vs_others_share,
    max(compared.extra) filter (where compared.metric = 'promise_kept_rate') as promise_kept_rate_vs_others_extra,
    max(compared.difference) filter (where compared.metric = 'exception_rate_carrier') as exception_rate_carrier_vs_others,
    max(compared.difference_lo) filter (where compared.metric = 'exception_rate_carrier') as exception_rate_carrier_vs_others_lo,
    max(compared.difference_hi) filter (where compared.metric = 'exception_rate_carrier') as exception_rate_carrier_vs_others_hi,
    case when groups.carrier_code <> '*' then coalesce(max(compared.n) filter (where compared.metric = 'exception_rate_carrier'), 0) end as exception_rate_carrier_vs_others_n,
    case when groups.carrier_code <> '*' then coalesce(max(compared.share) filter (where compared.metric = 'exception_rate_carrier'), 0) end as exception_rate_carrier_vs_others_share,
    max(compared.extra) filter (where compared.metric = 'exception_rate_carrier') as exception_rate_carrier_vs_others_extra,
    max(compared.difference) filter (where compared.metric = 'first_attempt_success_rate') as first_attempt_success_rate_vs_others,
    max(compared.difference_lo) filter (where compared.metric = 'first_attempt_success_rate') as first_attempt_success_rate_vs_others_lo,
    max(compared.difference_hi) filter (where compared.metric = 'first_attempt_success_rate') as first_attempt_success_rate_vs_others_hi,
    case when groups.carrier_code <> '*' then coalesce(max(compared.n) filter (where compared.metric = 'first_attempt_success_rate'), 0) end as first_attempt_success_rate_vs_others_n,
    case when groups.carrier_code <> '*' then coalesce(max(compared.share) filter (where compared.metric = 'first_attempt_success_rate'), 0) end as first_attempt_success_rate_vs_others_share,
    max(compared.extra) filter (where compared.metric = 'first_attempt_success_rate') as first_attempt_success_rate_vs_others_extra,
    max(compared.difference) filter (where compared.metric = 'transit_vs_others_2d') as transit_vs_others_2d,
    max(compared.difference_lo) filter (where compared.metric = 'transit_vs_others_2d') as transit_vs_others_2d_lo,
    max(compared.difference_hi) filter (where compared.metric = 'transit_vs_others_2d') as transit_vs_others_2d_hi,
    case when groups.carrier_code <> '*' then coalesce(max(compared.n) filter (where compared.metric = 'transit_vs_others_2d'), 0) end as transit_vs_others_2d_n,
    case when groups.carrier_code <> '*' then coalesce(max(compared.share) filter (where compared.metric = 'transit_vs_others_2d'), 0) end as transit_vs_others_2d_share,
    max(compared.difference) filter (where compared.metric = 'transit_vs_others_5d') as transit_vs_others_5d,
    max(compared.difference_lo) filter (where compared.metric = 'transit_vs_others_5d') as transit_vs_others_5d_lo,
    max(compared.difference_hi) filter (where compared.metric = 'transit_vs_others_5d') as transit_vs_others_5d_hi,
    case when groups.carrier_code <> '*' then coalesce(max(compared.n) filter (where compared.metric = 'transit_vs_others_5d'), 0) end as transit_vs_others_5d_n,
    case when groups.carrier_code <> '*' then coalesce(max(compared.share) filter (where compared.metric = 'transit_vs_others_5d'), 0) end as transit_vs_others_5d_share
from groups
left join compared
    on groups.period = compared.period
    and groups.grain = compared.scope
    and groups.carrier_code = compared.carrier_code
    and groups.from_country = compared.from_country
    and groups.to_country = compared.to_country
    and groups.delivery_type = compared.delivery_type
    and compared.other_carrier_code = '*'
where groups.grain in ('carrier', 'lane')
group by groups.group_id, groups.carrier_code
