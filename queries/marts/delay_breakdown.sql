-- grain: one row a carrier ('*' for all): where its parcels are in the 336 hours (14 days) after the label, as areas between the incidence
-- curves of first scan, first attempt and delivery on the label's clock, parcels still open among them; the three areas add up to the
-- hours before delivery; one is null where a curve that it is made of is not known to the end
with carrier_groups as (
    select
        group_id,
        carrier_code
    from groups
    where grain = 'carrier' and period = 'current'
),

-- what each curve is known to at the end
ends as (
    select
        carrier_code,
        max(case when measure = 'label_to_scan' and hours = 0 then at_risk end) as parcels,
        max(case when measure = 'label_to_scan' and hours = 336 then share end) as scanned_share,
        max(case when measure = 'label_to_attempt' and hours = 336 then share end) as attempted_share,
        max(case when measure = 'label_to_delivery' and hours = 336 then share end) as delivered_share
    from curve_points
    where measure in ('label_to_scan', 'label_to_attempt', 'label_to_delivery')
    group by carrier_code
),

steps as (
    select
        carrier_groups.carrier_code,
        measures.measure,
        curves.duration,
        curves.share
    from survival_curves as curves
    inner join carrier_groups on curves.group_id = carrier_groups.group_id
    inner join measures on curves.measure_number = measures.measure_number
    where measures.measure in ('label_to_scan', 'label_to_attempt', 'label_to_delivery') and curves.duration < 336
    union all
    select
        carrier_code,
        'start' as measure,
        0.0 as duration,
        0.0 as share
    from ends
),

moments as (
    select
        carrier_code,
        duration,
        max(case when measure = 'label_to_scan' then share end) as scanned_share,
        max(case when measure = 'label_to_attempt' then share end) as attempted_share,
        max(case when measure = 'label_to_delivery' then share end) as delivered_share
    from steps
    group by carrier_code, duration
),

-- a curve stands still between its steps
carried as (
    select
        carrier_code,
        coalesce(max(scanned_share) over so_far, 0.0) as scanned_share,
        coalesce(max(attempted_share) over so_far, 0.0) as attempted_share,
        coalesce(max(delivered_share) over so_far, 0.0) as delivered_share,
        coalesce(lead(duration) over (partition by carrier_code order by duration), 336.0) - duration as hours
    from moments
    window so_far as (partition by carrier_code order by duration rows between unbounded preceding and current row)
),

-- nobody is attempted who was not scanned, nor delivered who was not attempted: estimates of each can cross by a little
nested as (
    select
        carrier_code,
        hours,
        scanned_share,
        lesser_of(attempted_share, scanned_share) as attempted_share,
        lesser_of(delivered_share, lesser_of(attempted_share, scanned_share)) as delivered_share
    from carried
),

areas as (
    select
        carrier_code,
        sum((1 - scanned_share) * hours) as hours_to_scan,
        sum((scanned_share - attempted_share) * hours) as hours_to_attempt,
        sum((attempted_share - delivered_share) * hours) as hours_to_delivery
    from nested
    group by carrier_code
)

select
    ends.carrier_code,
    case when ends.scanned_share is not null then rounded(areas.hours_to_scan) end as hours_to_scan,
    case when ends.scanned_share is not null and ends.attempted_share is not null then rounded(areas.hours_to_attempt) end
        as hours_to_attempt,
    case
        when ends.scanned_share is not null and ends.attempted_share is not null and ends.delivered_share is not null
            then rounded(areas.hours_to_delivery)
    end as hours_to_delivery,
    ends.parcels
from ends
inner join areas on ends.carrier_code = areas.carrier_code
