-- grain: one row a period, cohort (label, scan, due) and parcel that started in it: outbound and not cancelled; of 'weekly' without the weeks
-- that are kept
with period_list as (
    select
        periods.*,
        case when period = 'previous' then 'previous' else 'current' end as seen_from,
        period in ('label_hours', 'hand_over_latest', 'hand_over_before') as is_by_hour
    from periods
),

kept as (
    select
        'weekly' as period,
        week_start_date
    from kept_weeks
),

parcel_rows as (
    select * from parcels_by_period
    where not is_return and outcome <> 'cancelled'
),

starts as (
    select
        period as seen_from,
        tracking_number,
        'label' as cohort,
        label_at as start_at,
        label_date as start_date,
        parcel_rows.from_time_zone,
        parcel_rows.is_label_date_only,
        parcel_rows.carrier_code,
        parcel_rows.from_country,
        parcel_rows.to_country,
        parcel_rows.delivery_type,
        parcel_rows.service_level,
        parcel_rows.shipping_option_code,
        parcel_rows.brand_id,
        parcel_rows.account
    from parcel_rows
    where label_at is not null
    union all
    select
        period as seen_from,
        tracking_number,
        'scan' as cohort,
        first_scan_at as start_at,
        first_scan_date as start_date,
        parcel_rows.from_time_zone,
        parcel_rows.is_label_date_only,
        parcel_rows.carrier_code,
        parcel_rows.from_country,
        parcel_rows.to_country,
        parcel_rows.delivery_type,
        parcel_rows.service_level,
        parcel_rows.shipping_option_code,
        parcel_rows.brand_id,
        parcel_rows.account
    from parcel_rows
    where first_scan_at is not null
    union all
    select
        period as seen_from,
        tracking_number,
        'due' as cohort,
        cast(edd_original as timestamp) as start_at,
        edd_original as start_date,
        parcel_rows.from_time_zone,
        parcel_rows.is_label_date_only,
        parcel_rows.carrier_code,
        parcel_rows.from_country,
        parcel_rows.to_country,
        parcel_rows.delivery_type,
        parcel_rows.service_level,
        parcel_rows.shipping_option_code,
        parcel_rows.brand_id,
        parcel_rows.account
    from parcel_rows
    where is_due
)

select
    period_list.period,
    period_list.seen_from,
    period_list.clock_at,
    starts.cohort,
    starts.tracking_number,
    starts.start_at,
    starts.start_date,
    case when period_list.period = 'weekly' then monday_of(starts.start_date) else date '1970-01-01' end as week_start_date,
    case when period_list.is_by_hour then iso_weekday(starts.start_date) else 0 end as label_weekday,
    case
        when period_list.is_by_hour then local_hour(starts.start_at, starts.from_time_zone)
        else -1
    end as label_hour,
    coalesce(starts.carrier_code, '') as carrier_code,
    case when period_list.is_by_hour then '' else coalesce(starts.from_country, '') end as from_country,
    case when period_list.is_by_hour then '' else coalesce(starts.to_country, '') end as to_country,
    case when period_list.is_by_hour then '' else starts.delivery_type end as delivery_type,
    case when period_list.is_by_hour then '' else starts.service_level end as service_level,
    case when period_list.is_by_hour then '' else coalesce(starts.shipping_option_code, '') end
        as shipping_option_code,
    case when period_list.is_by_hour then -1 else coalesce(starts.brand_id, -1) end as brand_id,
    case when period_list.is_by_hour then '' else starts.account end as account
from starts
inner join period_list
    on starts.seen_from = period_list.seen_from
    and starts.start_date between period_list.first_start_date and period_list.last_start_date
left join kept on period_list.period = kept.period and monday_of(starts.start_date) = kept.week_start_date
where kept.week_start_date is null
    and (
        not period_list.is_by_hour
        or (
            starts.cohort = 'label'
            and not starts.is_label_date_only
            -- what is labelled on a Friday or at the weekend waits for another reason
            and (period_list.period = 'label_hours' or iso_weekday(starts.start_date) <= 4)
        )
    )
