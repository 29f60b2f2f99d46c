-- what must hold of account_performance; rows are failures
select 'two rows for one period, carrier and account' as problem,
    concat(period, ' ', carrier_code, ' ', account) as example
from account_performance
group by period, carrier_code, account
having count(*) > 1
union all
select 'the accounts do not add up to the carrier' as problem,
    concat(carriers.period, ' ', carriers.carrier_code) as example
from carrier_performance as carriers
left join (
    select
        period,
        carrier_code,
        sum(labelled) as labelled,
        sum(scanned) as scanned,
        sum(due) as due
    from account_performance
    group by period, carrier_code
) as totals on carriers.period = totals.period and carriers.carrier_code = totals.carrier_code
where carriers.labelled <> coalesce(totals.labelled, 0)
    or carriers.scanned <> coalesce(totals.scanned, 0)
    or carriers.due <> coalesce(totals.due, 0)
