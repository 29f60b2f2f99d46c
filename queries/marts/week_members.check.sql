-- what must hold of week_members; rows are failures
select 'two rows for one week and carrier' as problem, concat(cast(week_start_date as varchar), ' ', carrier_code) as example
from week_members
group by week_start_date, carrier_code
having count(*) > 1
union all
select 'a week without members, or members without cells' as problem,
    concat(cast(cell_weeks.week_start_date as varchar), ' ', cast(members.week_start_date as varchar)) as example
from (
    select distinct
        monday_of(start_date) as week_start_date,
        carrier_code
    from cells
) as cell_weeks
full join week_members as members
    on cell_weeks.week_start_date = members.week_start_date and cell_weeks.carrier_code = members.carrier_code
where cell_weeks.week_start_date is null or members.week_start_date is null or members.labelled + members.scanned + members.due < 1
