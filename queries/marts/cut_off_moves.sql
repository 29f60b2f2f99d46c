-- grain: one row a carrier whose hand-over cut-off was found in both the last 28 days and the 90 before, at different hours: the labels made in
-- the hours between the two, and the chance that nothing moved.
-- All parcels of a day wait for the same collection, so the day is what is counted: a day on which more than half of those labels waited as long as
-- labels after the old cut-off (midway between the medians around it, or longer). Fisher's exact test, two-sided, of such days among all, latest
-- against before; times the number of pairs of hours that could have been found (Bonferroni), since the two hours were found in the same days
with both_periods as (
    select
        latest.carrier_code,
        earlier.cut_off_hour as old_hour,
        latest.cut_off_hour as new_hour,
        least(earlier.cut_off_hour, latest.cut_off_hour) as from_hour,
        greatest(earlier.cut_off_hour, latest.cut_off_hour) as to_hour,
        round((earlier.hours_before + earlier.hours_after) / 2) as waited_from,
        earlier.steps_looked_at * latest.steps_looked_at as pairs_looked_at
    from cut_offs as latest
    inner join cut_offs as earlier on latest.carrier_code = earlier.carrier_code
    where latest.period = 'hand_over_latest'
        and earlier.period = 'hand_over_before'
        and latest.carrier_code <> '*'
        and latest.cut_off_hour <> earlier.cut_off_hour
),

-- a label counts where its wait is known to be longer, or had an end; and only days that all had so long
waits as (
    select
        both_periods.carrier_code,
        hand_over_waits.period,
        hand_over_waits.label_date,
        sum(hand_over_waits.scanned + hand_over_waits.open_labels) filter (
            where hand_over_waits.hours_waited >= both_periods.waited_from
        ) as late_labels,
        sum(hand_over_waits.scanned) filter (where hand_over_waits.hours_waited < both_periods.waited_from) as prompt_labels
    from both_periods
    inner join hand_over_waits
        on both_periods.carrier_code = hand_over_waits.carrier_code
        and hand_over_waits.label_hour >= both_periods.from_hour
        and hand_over_waits.label_hour < both_periods.to_hour
    cross join run_parameters
    where hand_over_waits.label_date + 2 + cast(ceil(both_periods.waited_from / 24) as integer) <= run_parameters.as_of_date
    group by all
),

days as (
    select
        carrier_code,
        period,
        coalesce(late_labels, 0) as late_labels,
        coalesce(late_labels, 0) + coalesce(prompt_labels, 0) as labels
    from waits
    where coalesce(late_labels, 0) + coalesce(prompt_labels, 0) > 0
),

counted as (
    select
        carrier_code,
        coalesce(sum(labels) filter (where period = 'hand_over_latest'), 0) as n,
        coalesce(sum(late_labels) filter (where period = 'hand_over_latest'), 0) as x,
        count(*) filter (where period = 'hand_over_latest') as day_count,
        count(*) filter (where period = 'hand_over_latest' and 2 * late_labels > labels) as late_days,
        coalesce(sum(labels) filter (where period = 'hand_over_before'), 0) as usual_n,
        coalesce(sum(late_labels) filter (where period = 'hand_over_before'), 0) as usual_x,
        count(*) filter (where period = 'hand_over_before') as usual_day_count,
        count(*) filter (where period = 'hand_over_before' and 2 * late_labels > labels) as usual_late_days
    from days
    group by carrier_code
)

select
    both_periods.carrier_code,
    both_periods.old_hour,
    both_periods.new_hour,
    both_periods.new_hour < both_periods.old_hour as is_worse,
    cast(both_periods.waited_from as bigint) as waited_from,
    cast(counted.n as bigint) as n,
    cast(counted.x as bigint) as x,
    counted.day_count,
    counted.late_days,
    cast(counted.usual_n as bigint) as usual_n,
    cast(counted.usual_x as bigint) as usual_x,
    counted.usual_day_count,
    counted.usual_late_days,
    -- the days have to say what the hours say
    (counted.late_days * counted.usual_day_count > counted.usual_late_days * counted.day_count)
    = (both_periods.new_hour < both_periods.old_hour) as is_borne_out,
    least(
        1.0,
        both_periods.pairs_looked_at
            * fisher_p(counted.late_days, counted.day_count, counted.usual_late_days, counted.usual_day_count)
    ) as p
from both_periods
inner join counted on both_periods.carrier_code = counted.carrier_code
