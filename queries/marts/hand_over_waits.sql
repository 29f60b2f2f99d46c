-- grain: one row a hand-over period (hand_over_latest, hand_over_before), carrier, day and hour of the label and whole hours that labels made
-- then waited: how many of these were scanned, and how many had not been when they were last looked at
with followed as (
    select
        cell_id,
        start_date,
        cast(floor(lesser_of(duration, 336.0)) as bigint) as hours_waited,
        ending
    from follow_ups
    where left_out is null and measure = 'first_scan'
)

select
    mix_cells.period,
    mix_cells.carrier_code,
    followed.start_date as label_date,
    mix_cells.label_hour,
    followed.hours_waited,
    count(*) filter (where followed.ending = 'interest') as scanned,
    count(*) filter (where followed.ending <> 'interest') as open_labels
from followed
inner join mix_cells on followed.cell_id = mix_cells.cell_id
where mix_cells.period in ('hand_over_latest', 'hand_over_before')
group by mix_cells.period, mix_cells.carrier_code, followed.start_date, mix_cells.label_hour, followed.hours_waited
