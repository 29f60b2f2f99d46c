-- grain: one row an account that has a registered number
with numbers as (
    select
        account_of(owner_number) as account,
        count(*) as number_count,
        count(distinct owner_number) as parcel_count
    from stg_registry
    group by account_of(owner_number)
),

polls as (
    select
        account_of(polls.tracking_number) as account,
        max(polls.observed_at) as data_as_of
    from stg_polls as polls
    cross join run_parameters
    where polls.observed_at <= run_parameters.as_of
    group by account_of(polls.tracking_number)
)

select
    numbers.account,
    numbers.number_count,
    numbers.parcel_count,
    polls.data_as_of
from numbers
left join polls on numbers.account = polls.account
