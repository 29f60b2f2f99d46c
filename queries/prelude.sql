-- The few scalar functions that differ between engines, and the formulas that more than one model needs.
-- Instants are TIMESTAMP holding UTC.

create or replace temp macro hours_between(from_at, to_at) as (epoch_us(to_at) - epoch_us(from_at)) / 3600000000.0;

create or replace temp macro add_hours(instant, hours) as instant + to_microseconds(cast(hours * 3600000000 as bigint));

create or replace temp macro is_midnight(instant) as epoch_us(instant) % 86400000000 = 0;

create or replace temp macro utc_date(instant) as cast(instant as date);

-- The calendar date at a place.
create or replace temp macro local_date_of_clock(instant, time_zone) as
    cast(timezone(coalesce(time_zone, 'UTC'), timezone('UTC', instant)) as date);

-- The same by a look-up: shift_hours is how far the clock at the place is ahead of UTC on that UTC date, where known (see zone_shifts). A
-- date-only stamp already is its local date.
create or replace temp macro clock_shift_hours(instant, time_zone) as
    hours_between(instant, timezone(time_zone, timezone('UTC', instant)));

create or replace temp macro shifted_date_of_clock(instant, time_zone, shift_hours) as
    case
        when shift_hours is not null then cast(add_hours(instant, shift_hours) as date)
        else local_date_of_clock(instant, time_zone)
    end;

create or replace temp macro shifted_date(instant, is_date_only, time_zone, shift_hours) as
    case when is_date_only then cast(instant as date) else shifted_date_of_clock(instant, time_zone, shift_hours) end;

create or replace temp macro local_hour(instant, time_zone) as
    cast(extract(hour from timezone(coalesce(time_zone, 'UTC'), timezone('UTC', instant))) as integer);

create or replace temp macro iso_weekday(on_date) as cast(isodow(on_date) as integer);

create or replace temp macro monday_of(on_date) as cast(date_trunc('week', on_date) as date);

create or replace temp macro days_between(from_date, to_date) as (to_date - from_date);

create or replace temp macro add_days(on_date, days) as cast(on_date + cast(days as integer) as date);

-- Operating days up to a date, counted from 2001-01-01, a Monday: those of whole weeks, and of the week so far. running_counts has a digit
-- a weekday: how many operating days a week has by its end.
create or replace temp macro operating_day_number(on_date, running_counts) as
    cast(floor(days_between(date '2001-01-01', on_date) / 7.0) as bigint) * cast(substring(running_counts, 7, 1) as bigint)
        + cast(substring(running_counts, iso_weekday(on_date), 1) as bigint);

-- The lesser and the greater of two values; of one that is missing, the other.
create or replace temp macro lesser_of(one, other) as least(one, other);

create or replace temp macro greater_of(one, other) as greatest(one, other);

create or replace temp macro is_no_number(value) as isnan(value);

-- Whole numbers to count by: weekdays, the hours of a curve.
create or replace temp view integers as select range as number from range(0, 401);

-- A double: as a decimal its square leaves no room for an integer of a million.
create or replace temp macro z_95() as 1.959964e0;

-- Wilson 1927, score interval of x out of n. The limit on the side of an empty or full sample is exact.
create or replace temp macro wilson_centre(x, n) as (x + z_95() * z_95() / 2) / (n + z_95() * z_95());

create or replace temp macro wilson_half(x, n) as
    z_95() / (n + z_95() * z_95()) * sqrt(x * (n - x) / cast(n as double) + z_95() * z_95() / 4);

create or replace temp macro wilson_lo(x, n) as
    case
        when n = 0 or n is null then null
        when x = 0 then 0.0
        else greatest(0.0, wilson_centre(x, n) - wilson_half(x, n))
    end;

create or replace temp macro wilson_hi(x, n) as
    case
        when n = 0 or n is null then null
        when x = n then 1.0
        else least(1.0, wilson_centre(x, n) + wilson_half(x, n))
    end;

-- The variance of a rate about its Wilson centre: never nothing, whatever the count.
create or replace temp macro wilson_variance(x, n) as wilson_centre(x, n) * (1 - wilson_centre(x, n)) / n;

create or replace temp macro rate(x, n) as case when n = 0 then null else x / cast(n as double) end;

-- Limits of a cumulative incidence on the log(-log) scale (Marubini & Valsecchi 1995): F^exp(+-z se/(F ln F)).
create or replace temp macro incidence_limit(share, variance, sign) as
    case
        when share < 1e-9 or share > 1 - 1e-9 then share
        else pow(share, exp(sign * z_95() * sqrt(greatest(variance, 0.0)) / (share * ln(share))))
    end;

create or replace temp macro incidence_lo(share, variance) as incidence_limit(share, variance, -1);

create or replace temp macro incidence_hi(share, variance) as incidence_limit(share, variance, 1);

-- A number that stands for what sets two events of a parcel apart.
create or replace temp macro event_hash(event_at, is_date_only, event_type, status_code, sub_status_code) as
    hash(event_at, is_date_only, event_type, status_code, sub_status_code);

-- A number to be added to hundreds of thousands of others, and what they come to: where a running sum adds one after the other, in decimals,
-- so that it is as near as one that adds in parts.
create or replace temp macro summand(value) as value;

create or replace temp macro total(value) as value;

-- What is published is rounded, so that row order and threads never show in a last digit.
create or replace temp macro rounded(value) as round(value, 9);
