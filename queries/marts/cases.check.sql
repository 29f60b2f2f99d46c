-- what must hold of cases; rows are failures
select 'more than three, or one place twice' as problem, cast(case_number as varchar) as example
from cases
group by case_number
having count(*) > 1 or max(case_number) > 3
union all
select 'a case that is not sure' as problem, concat(carrier_code, ' ', metric) as example
from cases
where p_holm > 0.05
