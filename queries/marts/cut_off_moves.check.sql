-- what must hold of cut_off_moves; rows are failures
select 'one carrier twice' as problem, carrier_code as example
from cut_off_moves
group by carrier_code
having count(*) > 1
union all
select 'more late than there are, or a chance that is none' as problem, carrier_code as example
from cut_off_moves
where x > n
    or usual_x > usual_n
    or late_days > day_count
    or usual_late_days > usual_day_count
    or p not between 0 and 1
    or old_hour = new_hour
