-- grain: one row a group, measure and stretch of its curve without a cut, which is named by the cuts from there on: what it starts from.
-- A cut is a follow-up that ended otherwise than by the event of interest. Between cuts nobody is censored, so that each event of interest
-- raises the Aalen-Johansen incidence by the same weight, survival per parcel at risk, and only cuts need running sums over running sums.
-- Its variance (Marubini & Valsecchi 1995), summed by parts: the sum over events of weight^2, less the sum of (F - Fc)^2 c / (n (n - c))
-- over censorings c of n at which the incidence was Fc, and F^2 / N; with F outside the sums these are of terms with F^2, 2 F and neither
with stretches as (
    select
        group_id,
        measure_number,
        max(cuts_left) as cuts_left,
        cast(max(at_risk) as double) as at_risk,
        cast(null as double) as at_risk_of_cut,
        1 / cast(max(at_risk) as double) as thinning,
        1 / cast(max(at_risk) as double) as square_term
    from survival_steps
    group by group_id, measure_number
    union all
    select
        group_id,
        measure_number,
        cuts_left - 1 as cuts_left,
        cast(at_risk - followed_count as double) as at_risk,
        cast(at_risk as double) as at_risk_of_cut,
        case when ending_order = 2 then at_risk / cast(at_risk - followed_count as double) else 1e0 end as thinning,
        case
            when ending_order = 2 then followed_count / (cast(at_risk as double) * cast(at_risk - followed_count as double))
            else 0e0
        end as square_term
    from survival_steps
    where ending_order > 0 and at_risk > followed_count
),

weighed as (
    select
        *,
        exp(total(sum(summand(ln(thinning))) over (
            partition by group_id, measure_number order by cuts_left desc rows between unbounded preceding and current row
        ))) as weight,
        -- events of interest in the stretch before
        coalesce(
            lag(at_risk) over (partition by group_id, measure_number order by cuts_left desc) - at_risk_of_cut,
            0e0
        ) as interest_before
    from stretches
),

shared as (
    select
        *,
        total(sum(summand(interest_before * weight / thinning)) over so_far) as share,
        sum(interest_before * (weight / thinning) * (weight / thinning)) over so_far as weight_square_sum,
        sum(square_term) over so_far as square_sum
    from weighed
    window so_far as (
        partition by group_id, measure_number order by cuts_left desc rows between unbounded preceding and current row
    )
)

select
    group_id,
    measure_number,
    cuts_left,
    at_risk,
    weight,
    share,
    weight_square_sum,
    square_sum,
    sum(share * square_term) over so_far as linear_sum,
    sum(share * share * square_term) over so_far as constant_sum
from shared
window so_far as (
    partition by group_id, measure_number order by cuts_left desc rows between unbounded preceding and current row
)
