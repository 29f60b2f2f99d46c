-- what must hold of status_codes; rows are failures
select 'a status code stands twice' as problem, status_code as example
from status_codes
group by status_code
having count(*) > 1
union all
select 'a status code without words' as problem, status_code as example
from status_codes
where words is null or words = ''
