-- what must hold of event_kinds; rows are failures
select 'one kind of event has two numbers, or one number two kinds' as problem, concat_ws(' ', event_type, status_code) as example
from event_kinds
group by event_type, status_code, sub_status_code
having count(distinct kind_id) <> 1
union all
select 'one number has two kinds of event' as problem, cast(kind_id as varchar) as example
from event_kinds
group by kind_id
having count(distinct concat_ws('|', event_type, status_code, sub_status_code)) <> 1
union all
select 'a combination of codes stands twice' as problem, concat_ws(' ', landed_event_type, landed_status_code) as example
from event_kinds
group by landed_event_type, landed_status_code, landed_sub_status_code, landed_status_type
having count(*) > 1
union all
select 'a type is graver than an error' as problem, status_type as example
from event_kinds
where (status_type = 'error') <> (type_id = 1) and exists (select 1 from event_kinds where status_type = 'error')
