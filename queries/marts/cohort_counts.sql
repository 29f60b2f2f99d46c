-- grain: one row a cell: its members by cohort, and those of the scan cohort that were watched for 14 days
select
    cell_id,
    count(*) filter (where cohort = 'label') as labelled,
    count(*) filter (where cohort = 'scan') as scanned,
    count(*) filter (where cohort = 'due') as due,
    count(*) filter (where cohort = 'scan' and is_watched_14d) as watched_14d
from cohort_outcomes
group by cell_id
