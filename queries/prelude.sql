-- The few scalar functions that differ between engines, and the formulas that more than one model needs.
-- Instants are TIMESTAMP holding UTC.

create or replace temp macro seconds_between(from_at, to_at) as (epoch_us(to_at) - epoch_us(from_at)) / 1000000.0;

create or replace temp macro hours_between(from_at, to_at) as (epoch_us(to_at) - epoch_us(from_at)) / 3600000000.0;

create or replace temp macro add_hours(instant, hours) as instant + to_microseconds(cast(hours * 3600000000 as bigint));

-- A stamp of exactly midnight UTC carries a date, not a time.
create or replace temp macro is_midnight(instant) as epoch_us(instant) % 86400000000 = 0;

create or replace temp macro utc_date(instant) as cast(instant as date);

-- The calendar date at a place; a date-only stamp already is its local date.
create or replace temp macro local_date(instant, time_zone) as
    case
        when is_midnight(instant) then cast(instant as date)
        else cast(timezone(coalesce(time_zone, 'UTC'), timezone('UTC', instant)) as date)
    end;

create or replace temp macro local_date_of_clock(instant, time_zone) as
    cast(timezone(coalesce(time_zone, 'UTC'), timezone('UTC', instant)) as date);

create or replace temp macro local_hour(instant, time_zone) as
    cast(extract(hour from timezone(coalesce(time_zone, 'UTC'), timezone('UTC', instant))) as integer);

create or replace temp macro iso_weekday(on_date) as cast(isodow(on_date) as integer);

create or replace temp macro monday_of(on_date) as cast(date_trunc('week', on_date) as date);

create or replace temp macro days_between(from_date, to_date) as (to_date - from_date);

-- How many days of one ISO weekday lie in (from_date, to_date]. 2001-01-01 was a Monday.
create or replace temp macro weekday_count(from_date, to_date, weekday) as
    floor((to_date - date '2001-01-01' + 7 - (weekday - 1)) / 7.0) - floor((from_date - date '2001-01-01' + 7 - (weekday - 1)) / 7.0);

create or replace temp macro weekday_count_if(from_date, to_date, weekday, operating_weekdays) as
    case when contains(operating_weekdays, cast(weekday as varchar)) then weekday_count(from_date, to_date, weekday) else 0 end;

-- Operating days in (from_date, to_date], public holidays not yet taken off; 0 where to_date is not later.
create or replace temp macro operating_day_count(from_date, to_date, operating_weekdays) as
    cast(case
        when to_date <= from_date then 0
        else weekday_count_if(from_date, to_date, 1, operating_weekdays)
            + weekday_count_if(from_date, to_date, 2, operating_weekdays)
            + weekday_count_if(from_date, to_date, 3, operating_weekdays)
            + weekday_count_if(from_date, to_date, 4, operating_weekdays)
            + weekday_count_if(from_date, to_date, 5, operating_weekdays)
            + weekday_count_if(from_date, to_date, 6, operating_weekdays)
            + weekday_count_if(from_date, to_date, 7, operating_weekdays)
    end as bigint);

create or replace temp macro z_95() as 1.959964;

-- Wilson 1927, score interval of x out of n. The limit on the side of an empty or full sample is exact.
create or replace temp macro wilson_centre(x, n) as (x + z_95() * z_95() / 2) / (n + z_95() * z_95());

create or replace temp macro wilson_half(x, n) as
    z_95() / (n + z_95() * z_95()) * sqrt(x * (n - x) / cast(n as double) + z_95() * z_95() / 4);

create or replace temp macro wilson_lo(x, n) as
    case when n = 0 then null when x = 0 then 0.0 else greatest(0.0, wilson_centre(x, n) - wilson_half(x, n)) end;

create or replace temp macro wilson_hi(x, n) as
    case when n = 0 then null when x = n then 1.0 else least(1.0, wilson_centre(x, n) + wilson_half(x, n)) end;

create or replace temp macro rate(x, n) as case when n = 0 then null else x / cast(n as double) end;

-- Limits of a cumulative incidence on the log(-log) scale (Marubini & Valsecchi 1995): F^exp(+-z se/(F ln F)).
create or replace temp macro incidence_limit(share, variance, sign) as
    case
        when share < 1e-9 or share > 1 - 1e-9 then share
        else pow(share, exp(sign * z_95() * sqrt(greatest(variance, 0.0)) / (share * ln(share))))
    end;

create or replace temp macro incidence_lo(share, variance) as incidence_limit(share, variance, -1);

create or replace temp macro incidence_hi(share, variance) as incidence_limit(share, variance, 1);

-- What is published is rounded, so that row order and threads never show in a last digit.
create or replace temp macro published(value) as round(value, 9);
