-- what must hold of dead_letters: no number twice, and each says since when, which is not before it was registered
select
    'a number is there twice' as problem,
    tracking_number as example
from dead_letters
group by tracking_number
having count(*) > 1
union all
select
    'it does not say since when, or since before it was registered' as problem,
    tracking_number as example
from dead_letters
where dead_since is null or dead_since < registered_at
