-- The twin of queries/prelude.sql for Trino, one statement after the other, each ended by a semicolon at the end of its line: routines of the schema that the
-- session's path names. Instants are timestamp(6) holding UTC; hours are added to the second.

create function hours_between(from_at timestamp(6), to_at timestamp(6)) returns double
    return (
        date_diff('second', date_trunc('second', from_at), date_trunc('second', to_at)) * 1000000
            + case when to_at = date_trunc('second', to_at) then bigint '0' else cast(split_part(cast(to_at as varchar), '.', 2) as bigint) end
            - case when from_at = date_trunc('second', from_at) then bigint '0' else cast(split_part(cast(from_at as varchar), '.', 2) as bigint) end
    ) / 3600000000e0;

create function add_hours(instant timestamp(6), hours double) returns timestamp(6)
    return date_add(
        'day',
        cast(floor(round(hours * 3600e0) / 86400e0) as bigint),
        date_add('second', cast(mod(mod(round(hours * 3600e0), 86400e0) + 86400e0, 86400e0) as bigint), instant)
    );

create function is_midnight(instant timestamp(6)) returns boolean
    return (instant = date_trunc('day', instant));

create function utc_date(instant timestamp(6)) returns date
    return cast(instant as date);

create function local_date_of_clock(instant timestamp(6), time_zone varchar) returns date
    return cast(at_timezone(with_timezone(instant, 'UTC'), coalesce(time_zone, 'UTC')) as date);

create function clock_shift_hours(instant timestamp(6), time_zone varchar) returns double
    return date_diff(
        'second',
        date_trunc('second', instant),
        date_trunc('second', cast(at_timezone(with_timezone(instant, 'UTC'), time_zone) as timestamp(6)))
    ) / 3600e0;

create function shifted_date_of_clock(instant timestamp(6), time_zone varchar, shift_hours double) returns date
    return case
        when shift_hours is not null then cast(date_add('second', cast(round(shift_hours * 3600e0) as bigint), instant) as date)
        else cast(at_timezone(with_timezone(instant, 'UTC'), coalesce(time_zone, 'UTC')) as date)
    end;

create function shifted_date(instant timestamp(6), is_date_only boolean, time_zone varchar, shift_hours double) returns date
    return case
        when is_date_only then cast(instant as date)
        when shift_hours is not null then cast(date_add('second', cast(round(shift_hours * 3600e0) as bigint), instant) as date)
        else cast(at_timezone(with_timezone(instant, 'UTC'), coalesce(time_zone, 'UTC')) as date)
    end;

create function local_hour(instant timestamp(6), time_zone varchar) returns integer
    return cast(hour(at_timezone(with_timezone(instant, 'UTC'), coalesce(time_zone, 'UTC'))) as integer);

create function iso_weekday(on_date date) returns integer
    return cast(day_of_week(on_date) as integer);

create function monday_of(on_date date) returns date
    return date_trunc('week', on_date);

create function days_between(from_date date, to_date date) returns bigint
    return date_diff('day', from_date, to_date);

create function add_days(on_date date, days bigint) returns date
    return date_add('day', days, on_date);

create function operating_day_number(on_date date, running_counts varchar) returns bigint
    return cast(floor(date_diff('day', date '2001-01-01', on_date) / 7e0) as bigint) * cast(substring(running_counts, 7, 1) as bigint)
        + cast(substring(running_counts, day_of_week(on_date), 1) as bigint);

create function lesser_of(one timestamp(6), other timestamp(6)) returns timestamp(6)
    return coalesce(least(one, other), one, other);

create function lesser_of(one date, other date) returns date
    return coalesce(least(one, other), one, other);

create function lesser_of(one bigint, other bigint) returns bigint
    return coalesce(least(one, other), one, other);

create function lesser_of(one double, other double) returns double
    return coalesce(least(one, other), one, other);

create function greater_of(one timestamp(6), other timestamp(6)) returns timestamp(6)
    return coalesce(greatest(one, other), one, other);

create function greater_of(one date, other date) returns date
    return coalesce(greatest(one, other), one, other);

create function greater_of(one bigint, other bigint) returns bigint
    return coalesce(greatest(one, other), one, other);

create function greater_of(one double, other double) returns double
    return coalesce(greatest(one, other), one, other);

create function is_no_number(value double) returns boolean
    return is_nan(value);

create view integers as
    select cast(number as bigint) as number from unnest(sequence(0, 400)) as counted (number);

create function z_95() returns double
    return 1.959964e0;

create function wilson_centre(x double, n double) returns double
    return (x + 1.959964e0 * 1.959964e0 / 2) / (n + 1.959964e0 * 1.959964e0);

create function wilson_half(x double, n double) returns double
    return 1.959964e0 / (n + 1.959964e0 * 1.959964e0) * sqrt(x * (n - x) / n + 1.959964e0 * 1.959964e0 / 4);

create function wilson_lo(x double, n double) returns double
    return case
        when n = 0 or n is null then null
        when x = 0 then 0e0
        else greatest(
            0e0,
            (x + 1.959964e0 * 1.959964e0 / 2) / (n + 1.959964e0 * 1.959964e0)
                - 1.959964e0 / (n + 1.959964e0 * 1.959964e0) * sqrt(x * (n - x) / n + 1.959964e0 * 1.959964e0 / 4)
        )
    end;

create function wilson_hi(x double, n double) returns double
    return case
        when n = 0 or n is null then null
        when x = n then 1e0
        else least(
            1e0,
            (x + 1.959964e0 * 1.959964e0 / 2) / (n + 1.959964e0 * 1.959964e0)
                + 1.959964e0 / (n + 1.959964e0 * 1.959964e0) * sqrt(x * (n - x) / n + 1.959964e0 * 1.959964e0 / 4)
        )
    end;

create function wilson_variance(x double, n double) returns double
    return (x + 1.959964e0 * 1.959964e0 / 2) / (n + 1.959964e0 * 1.959964e0)
        * (1 - (x + 1.959964e0 * 1.959964e0 / 2) / (n + 1.959964e0 * 1.959964e0)) / n;

create function rate(x double, n double) returns double
    return case when n = 0 then null else x / n end;

create function incidence_limit(share double, variance double, sign double) returns double
    return case
        when share < 1e-9 or share > 1e0 - 1e-9 then share
        else pow(share, exp(sign * 1.959964e0 * sqrt(greatest(coalesce(variance, 0e0), 0e0)) / (share * ln(share))))
    end;

create function incidence_lo(share double, variance double) returns double
    return case
        when share < 1e-9 or share > 1e0 - 1e-9 then share
        else pow(share, exp(-1.959964e0 * sqrt(greatest(coalesce(variance, 0e0), 0e0)) / (share * ln(share))))
    end;

create function incidence_hi(share double, variance double) returns double
    return case
        when share < 1e-9 or share > 1e0 - 1e-9 then share
        else pow(share, exp(1.959964e0 * sqrt(greatest(coalesce(variance, 0e0), 0e0)) / (share * ln(share))))
    end;

create function summand(value double) returns decimal(38, 18)
    return cast(value as decimal(38, 18));

create function total(value decimal(38, 18)) returns double
    return cast(value as double);

create function rounded(value double) returns double
    return round(value, 9);

create function event_hash(event_at timestamp(6), is_date_only boolean, event_type varchar, status_code varchar, sub_status_code varchar)
    returns bigint
    return from_big_endian_64(
        xxhash64(
            to_utf8(
                concat(
                    coalesce(cast(event_at as varchar), '-'),
                    '|',
                    coalesce(cast(is_date_only as varchar), '-'),
                    '|',
                    coalesce(event_type, '-'),
                    '|',
                    coalesce(status_code, '-'),
                    '|',
                    coalesce(sub_status_code, '-')
                )
            )
        )
    );
