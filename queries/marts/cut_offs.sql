-- grain: one row a carrier ('*' for all) and hand-over period (label_hours, hand_over_latest, hand_over_before) with labels of Mondays to
-- Thursdays: the local hour from which labels wait for the next collection. That is the first hour after the largest step up between the
-- medians of two neighbouring hours, of those steps that are one: both hours have 10 labels, the step is 6 hours or more, and the intervals
-- of the two medians do not overlap. Null where no step is one, and where fewer than four hours have 10 labels
with label_hours as (
    select
        groups.period,
        groups.carrier_code,
        groups.label_hour,
        durations.followed_count as labels,
        durations.followed_count >= thresholds.least_labels as is_enough,
        durations.p50,
        durations.p50_lo,
        durations.p50_hi
    from durations
    inner join groups on durations.group_id = groups.group_id
    cross join (select max(value) filter (where name = 'withheld_below') as least_labels from seed_thresholds) as thresholds
    where durations.measure = 'first_scan' and groups.grain = 'hand_over_hour'
),

neighbours as (
    select
        later_hour.period,
        later_hour.carrier_code,
        later_hour.label_hour,
        later_hour.p50 - earlier_hour.p50 as step_hours,
        coalesce(
            rounded(later_hour.p50 - earlier_hour.p50) >= hand_over_step_hours() and later_hour.p50_lo > earlier_hour.p50_hi,
            false
        ) as is_step,
        earlier_hour.labels as n_before,
        earlier_hour.p50 as hours_before,
        earlier_hour.p50_lo as hours_before_lo,
        earlier_hour.p50_hi as hours_before_hi,
        later_hour.labels as n_after,
        later_hour.p50 as hours_after,
        later_hour.p50_lo as hours_after_lo,
        later_hour.p50_hi as hours_after_hi
    from label_hours as later_hour
    inner join label_hours as earlier_hour
        on later_hour.period = earlier_hour.period
        and later_hour.carrier_code = earlier_hour.carrier_code
        and later_hour.label_hour = earlier_hour.label_hour + 1
    where later_hour.is_enough and earlier_hour.is_enough
),

largest as (
    select *
    from neighbours
    where is_step
    qualify row_number() over (partition by period, carrier_code order by rounded(step_hours) desc, label_hour) = 1
),

totals as (
    select
        label_hours.period,
        label_hours.carrier_code,
        sum(label_hours.labels) as labelled,
        sum(label_hours.labels) filter (where label_hours.label_hour >= largest.label_hour) as labelled_after,
        count(*) filter (where label_hours.is_enough) as hours_counted
    from label_hours
    left join largest using (period, carrier_code)
    group by all
),

looked as (
    select
        period,
        carrier_code,
        count(*) as steps_looked_at
    from neighbours
    group by all
)

select
    totals.period,
    totals.carrier_code,
    totals.labelled,
    totals.hours_counted,
    coalesce(looked.steps_looked_at, 0) as steps_looked_at,
    largest.label_hour as cut_off_hour,
    largest.step_hours,
    largest.n_before,
    largest.hours_before,
    largest.hours_before_lo,
    largest.hours_before_hi,
    largest.n_after,
    largest.hours_after,
    largest.hours_after_lo,
    largest.hours_after_hi,
    case when largest.label_hour is not null then totals.labelled_after end as labelled_after
from totals
left join looked using (period, carrier_code)
left join largest
    on totals.period = largest.period
    and totals.carrier_code = largest.carrier_code
    and totals.hours_counted >= hand_over_hours()
