-- grain: one row a carrier ('*' for all) and period (current: the window; latest: labels of the last 28 days; before: of the 90 days before
-- these): the local hour from which labels of Mondays to Thursdays wait for the next collection, how long labels wait before and after it, and
-- whether it moved (see cut_offs and cut_off_moves)
with listed as (
    select
        carriers.carrier_code,
        periods.period,
        periods.hand_over_period
    from (select carrier_code from groups where grain = 'carrier' and period = 'current') as carriers
    cross join (
        values ('current', 'label_hours'), ('latest', 'hand_over_latest'), ('before', 'hand_over_before')
    ) as periods (period, hand_over_period)
)

select
    listed.carrier_code,
    listed.period,
    cast(coalesce(cut_offs.labelled, 0) as bigint) as labelled,
    coalesce(cut_offs.hours_counted, 0) as hours_counted,
    cut_offs.cut_off_hour,
    rounded(cut_offs.step_hours) as step_hours,
    rounded(cut_offs.hours_before) as hours_before,
    rounded(cut_offs.hours_before_lo) as hours_before_lo,
    rounded(cut_offs.hours_before_hi) as hours_before_hi,
    cut_offs.n_before as hours_before_n,
    rounded(cut_offs.hours_after) as hours_after,
    rounded(cut_offs.hours_after_lo) as hours_after_lo,
    rounded(cut_offs.hours_after_hi) as hours_after_hi,
    cut_offs.n_after as hours_after_n,
    cast(cut_offs.labelled_after as bigint) as labelled_after,
    cast(moves.new_hour - moves.old_hour as double) as moved_by_hours,
    moves.p as moved_p,
    cast(moves.waited_from as double) as between_waited_from,
    case listed.period when 'latest' then moves.n when 'before' then moves.usual_n end as between_labels,
    case listed.period when 'latest' then moves.x when 'before' then moves.usual_x end as between_late_labels,
    case listed.period when 'latest' then moves.day_count when 'before' then moves.usual_day_count end as between_days,
    case listed.period when 'latest' then moves.late_days when 'before' then moves.usual_late_days end as between_late_days
from listed
left join cut_offs
    on listed.carrier_code = cut_offs.carrier_code and listed.hand_over_period = cut_offs.period
left join cut_off_moves as moves
    on listed.carrier_code = moves.carrier_code and listed.period <> 'current'
