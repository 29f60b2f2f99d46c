-- grain: one row a group, measure and duration at which a follow-up ended, censored ones too: the Aalen-Johansen cumulative incidence of the
-- event of interest from there to next_duration, its variance, and the share without an event of any kind (see survival_cuts)
with placed as (
    select
        steps.group_id,
        steps.measure_number,
        steps.duration,
        steps.next_duration,
        steps.at_risk - case when steps.ending_order < 2 then steps.followed_count else 0 end as unended_count,
        cuts.at_risk - steps.at_risk + case when steps.ending_order = 0 then steps.followed_count else 0 end as interest_since,
        cuts.weight,
        cuts.share as share_before,
        cuts.weight_square_sum,
        cuts.square_sum,
        cuts.linear_sum,
        cuts.constant_sum
    from survival_steps as steps
    inner join survival_cuts as cuts
        on steps.group_id = cuts.group_id
        and steps.measure_number = cuts.measure_number
        and steps.cuts_left = cuts.cuts_left
    -- of several at one duration the last
    where steps.next_duration is null or steps.next_duration > steps.duration
),

shared as (
    select
        *,
        lesser_of(1e0, share_before + weight * interest_since) as share
    from placed
)

select
    group_id,
    measure_number,
    duration,
    next_duration,
    unended_count,
    share,
    weight * unended_count as survival,
    greater_of(
        0e0,
        weight_square_sum + weight * weight * interest_since
            - share * share * square_sum + 2 * share * linear_sum - constant_sum
    ) as variance
from shared
