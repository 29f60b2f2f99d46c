-- grain: one row a period, carrier ('*' for all) and account; the figures of one account alone are those of its carriers
with account_totals as (
    select
        count(*) as account_count,
        max(account) as only_account
    from accounts
)

select
    groups.period,
    groups.carrier_code,
    case when groups.grain = 'account' then groups.account else account_totals.only_account end as account,
    figures.* exclude (group_id)
from groups
inner join figures on groups.group_id = figures.group_id
cross join account_totals
where groups.grain = 'account'
    or (
        groups.grain = 'carrier'
        and account_totals.account_count = 1
        and figures.labelled + figures.scanned + figures.due > 0
    )
