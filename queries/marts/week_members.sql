-- grain: one row a week of the start and carrier with parcels: its members by cohort, kept as long as nothing in the week changes
select
    mix_cells.week_start_date,
    mix_cells.carrier_code,
    cast(sum(counts.labelled) as bigint) as labelled,
    cast(sum(counts.scanned) as bigint) as scanned,
    cast(sum(counts.due) as bigint) as due
from cohort_counts as counts
inner join mix_cells on counts.cell_id = mix_cells.cell_id
where mix_cells.period = 'weekly'
group by mix_cells.week_start_date, mix_cells.carrier_code
