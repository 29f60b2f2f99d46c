-- what must hold of notes; rows are failures
select 'a note is lost, or stands twice' as problem, cast(count(*) as varchar) as example
from notes
having count(*) <> (select count(*) from seed_notes)
union all
select 'a note without a day or without words' as problem, concat(cast(date as varchar), ' ', text) as example
from notes
where date is null or coalesce(trim(text), '') = ''
