-- Formulas of the light half, which starts from counts and may use all that DuckDB has.

-- Control charts: their constants, each simulated for how often a calm year alerts.
create or replace temp macro alert_baseline_weeks() as 26;

create or replace temp macro alert_sigmas() as 2.75;

create or replace temp macro alert_tail() as 0.003;

create or replace temp macro alert_run_weeks() as 11;

-- Where an alert comes from: a lane's own rate before from so many parcels, else the carrier's; named from so many parcels lost.
create or replace temp macro alert_lane_from() as 5;

create or replace temp macro alert_lane_parcels() as 3;

-- On time is judged from so large a share of promises that were seen in time.
create or replace temp macro foreseen_from() as 0.9;

-- A hand-over cut-off: so large a step between the medians of two neighbouring hours, found among so many hours that have enough labels.
create or replace temp macro hand_over_step_hours() as 6;

create or replace temp macro hand_over_hours() as 4;

-- The chance of exactly k of n. An impossible count has 1e-300 in place of the logarithm of nothing.
create or replace temp macro binomial_mass(k, n, p) as
    exp(
        lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
            + k * ln(greatest(p, 1e-300))
            + (n - k) * ln(greatest(1 - p, 1e-300))
    );

-- P(X >= x), summed up to where the terms no longer count: 40 standard deviations beyond the mean.
create or replace temp macro binomial_from(x, n, p) as
    case
        when x <= 0 then 1.0
        else least(
            1.0,
            coalesce(
                list_sum(
                    list_transform(
                        range(
                            cast(x as bigint),
                            cast(least(n, ceil(greatest(x, n * p) + 40 * sqrt(n * p * (1 - p)) + 40)) as bigint) + 1
                        ),
                        lambda k : binomial_mass(k, n, p)
                    )
                ),
                0.0
            )
        )
    end;

-- P(X <= x)
create or replace temp macro binomial_up_to(x, n, p) as binomial_from(n - x, n, 1 - p);

-- Two-sided: the smaller tail, doubled.
create or replace temp macro binomial_p(x, n, p) as
    least(1.0, 2 * least(binomial_from(x, n, p), binomial_up_to(x, n, p)));

-- The chance of k among the first n where k and other_k of n and other_n are dealt out blindly (hypergeometric), given their sum x.
create or replace temp macro hypergeometric_mass(k, n, x, other_n) as
    exp(
        lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
            + lgamma(other_n + 1) - lgamma(x - k + 1) - lgamma(other_n - x + k + 1)
            - lgamma(n + other_n + 1) + lgamma(x + 1) + lgamma(n + other_n - x + 1)
    );

-- Fisher's exact test of x of n against other_x of other_n, two-sided: all tables that are no likelier than this one.
create or replace temp macro fisher_p(x, n, other_x, other_n) as
    least(
        1.0,
        list_sum(
            list_transform(
                range(cast(greatest(0, x + other_x - other_n) as bigint), cast(least(n, x + other_x) as bigint) + 1),
                lambda k : case
                    when hypergeometric_mass(k, n, x + other_x, other_n)
                        <= hypergeometric_mass(x, n, x + other_x, other_n) * (1 + 1e-7)
                        then hypergeometric_mass(k, n, x + other_x, other_n)
                    else 0.0
                end
            )
        )
    );

-- The largest count of something rare (n p < 5) that is no surprise: P(X >= it) is at least the tail of an alert. It is below 16 always; and
-- from 30 parcels on not even none at all is a surprise on the other side.
create or replace temp macro rare_count_hi(n, p) as
    list_sum(
        list_transform(
            range(1, 17),
            lambda k : case
                when k <= n and 1 - list_sum(list_transform(range(0, k), lambda j : binomial_mass(j, n, p))) >= alert_tail() then 1
                else 0
            end
        )
    );

-- erfc for x > 0 by the trapezoidal rule with step 1/2 and its correction (Chiarella & Reichel 1968; Hunter & Regan 1972): exact to 1e-9
-- near 0, and to twelve digits in the tail.
create or replace temp macro erfc_of(x) as
    exp(-x * x) * x / (2 * pi())
        * (1 / (x * x) + 2 * list_sum(list_transform(range(1, 14), lambda k : exp(-k * k / 4.0) / (k * k / 4.0 + x * x))))
        - case when x < 2 * pi() then 2 / (exp(4 * pi() * x) - 1) else 0 end;

-- Two-sided p of a standard normal z.
create or replace temp macro normal_p(z) as least(1.0, erfc_of(greatest(abs(z), 1e-7) / sqrt(2)));

-- Holm's step-down at 5 % over a table of candidates, each with a column p (null: not judged, and no candidate): the same rows with p_holm,
-- the adjusted p, and is_sure.
create or replace temp macro holm(candidates) as table
    with placed as (
        select
            *,
            row_number() over (order by p nulls last) as place,
            count(p) over () as candidate_count
        from query_table(candidates)
    ),

    adjusted as (
        select
            *,
            case when p is not null then least(1.0, max(p * (candidate_count - place + 1)) over (order by place)) end as p_holm
        from placed
    )

    select * exclude (place, candidate_count), coalesce(p_holm <= 0.05, false) as is_sure
    from adjusted;
