-- what must hold of cases; rows are failures
select 'more than three, or one place twice' as problem, cast(case_number as varchar) as example
from cases
group by case_number
having count(*) > 1 or max(case_number) > 3
union all
select 'parcels outside their limits' as problem, cast(case_number as varchar) as example
from cases
where extra not between extra_lo - 1e-6 and extra_hi + 1e-6
union all
select 'a case that is not sure' as problem, concat(carrier_code, ' ', metric) as example
from cases
where p_holm > 0.05
