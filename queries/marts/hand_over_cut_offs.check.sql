-- what must hold of hand_over_cut_offs; rows are failures
select 'a carrier has not each period once' as problem, carrier_code as example
from hand_over_cut_offs
group by carrier_code
having count(*) <> 3 or count(distinct period) <> 3
union all
select 'a carrier that is measured and not listed' as problem, carrier_code as example
from carrier_performance
where carrier_code not in (select carrier_code from hand_over_cut_offs)
union all
select 'a step that is none' as problem, concat(carrier_code, ' ', period) as example
from hand_over_cut_offs
where abs(step_hours - (hours_after - hours_before)) > 1e-6
    or hours_after_lo <= hours_before_hi
    or cut_off_hour not between 1 and 23
    or (cut_off_hour is null) <> (step_hours is null)
    or (cut_off_hour is null) <> (labelled_after is null)
union all
select 'a median lies outside its interval, or is of too few' as problem, concat(carrier_code, ' ', period) as example
from hand_over_cut_offs
where hours_before not between hours_before_lo and hours_before_hi
    or hours_after < hours_after_lo
    or hours_after > hours_after_hi
    or hours_before_n < 10
    or hours_after_n < 10
    or labelled_after < hours_after_n
    or labelled_after > labelled - hours_before_n
union all
select 'the carriers do not add up to all carriers' as problem, period as example
from hand_over_cut_offs
group by period
having sum(case when carrier_code = '*' then labelled else -labelled end) <> 0
union all
select 'the labels differ from those of label_waiting' as problem, cut_offs.carrier_code as example
from hand_over_cut_offs as cut_offs
left join (
    select
        carrier_code,
        sum(labels) as labels
    from label_waiting
    where label_weekday <= 4
    group by carrier_code
) as waiting on cut_offs.carrier_code = waiting.carrier_code
where cut_offs.period = 'current' and cut_offs.labelled <> coalesce(waiting.labels, 0)
union all
select 'a move without two hours, or more late than there are' as problem, concat(carrier_code, ' ', period) as example
from hand_over_cut_offs
where (moved_by_hours is not null and (period = 'current' or cut_off_hour is null or moved_by_hours = 0))
    or between_late_labels > between_labels
    or between_late_days > between_days
    or between_days > between_labels
    or moved_p not between 0 and 1
