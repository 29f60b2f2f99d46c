-- what must hold of measures; rows are failures
select 'one number of two measures, or one measure of two numbers' as problem, min(measure) as example
from measures
group by measure_number
having count(*) > 1
union all
select 'a measure stands twice' as problem, measure as example
from measures
group by measure
having count(*) > 1
