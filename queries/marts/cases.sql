-- grain: one row a case, at most three: a carrier on a lane, or a carrier, to talk to first; the one that cost most parcels first
with facts as (
    select * from case_facts
),

moved_cut_offs as (
    select carrier_code from facts where kind = 'cut_off'
),

-- one fact a carrier and lane, and one about the hand-over: what was agreed first, then what changed, what lasts, what the carrier promised, the
-- whole promise last, the dearest
distinct_facts as (
    select *
    from facts
    -- that labels wait longer is what a cut-off that moved does
    where facts.kind <> 'alert'
        or facts.metric <> 'first_scan_p50_hours'
        or facts.carrier_code not in (select carrier_code from moved_cut_offs)
    qualify row_number() over (
        partition by carrier_code, from_country, to_country, kind = 'cut_off'
        order by kind = 'target' desc, kind = 'alert' desc, kind = 'change' desc, metric = 'on_time_rate' desc, metric = 'promise_kept_rate', lost desc nulls last, metric
    ) = 1
),

-- a carrier as a whole is no further case where one of its lanes is most of it: by all that is known of the lane, since an alert counts the
-- weeks that it marks and a comparison the whole period
lane_losses as (
    select
        carrier_code,
        max(lost) as lane_lost
    from facts
    where from_country <> '' or to_country <> ''
    group by carrier_code
),

told as (
    select distinct_facts.*
    from distinct_facts
    left join lane_losses using (carrier_code)
    where distinct_facts.kind in ('target', 'cut_off')
        or distinct_facts.from_country <> ''
        or distinct_facts.to_country <> ''
        or lane_losses.lane_lost is null
        or (
            coalesce(distinct_facts.lost, 0) > 2 * lane_losses.lane_lost
            -- without that lane it is still worse by more than the interval's half
            and distinct_facts.lost - lane_losses.lane_lost > coalesce(distinct_facts.margin, 0)
        )
),

looked as (
    select count(*) as looked_at from candidates
)

select
    row_number() over (order by lost desc nulls last, p, carrier_code, from_country, to_country, kind) as case_number,
    told.kind,
    told.carrier_code,
    nullif(told.from_country, '') as from_country,
    nullif(told.to_country, '') as to_country,
    told.delivery_type,
    told.metric,
    told.compared_with,
    cast(told.n as bigint) as n,
    cast(told.x as bigint) as x,
    rounded(told.value) as value,
    rounded(told.usual) as usual,
    rounded(told.extra) as extra,
    rounded(told.extra_lo) as extra_lo,
    rounded(told.extra_hi) as extra_hi,
    rounded(told.share) as share,
    told.p,
    told.p_holm,
    told.since,
    told.weeks,
    cast(told.elsewhere_n as bigint) as elsewhere_n,
    cast(told.elsewhere_x as bigint) as elsewhere_x,
    rounded(told.elsewhere_usual) as elsewhere_usual,
    -- tested at 5 %, exactly: elsewhere is what it was as far as the parcels there tell
    case when told.elsewhere_n > 0 then binomial_p(told.elsewhere_x, told.elsewhere_n, told.elsewhere_usual) > 0.05 end as is_elsewhere_unchanged,
    told.target_number,
    looked.looked_at
from told
cross join looked
qualify case_number <= 3
