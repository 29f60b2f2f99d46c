-- grain: one row a row of seeds/notes.csv: what happened on a day, as the analyst wrote it down
with seed as (
    select * from seed_notes
)

select
    date,
    carrier_code,
    text
from seed
