-- what must hold of accounts; rows are failures
select 'two rows for one account' as problem, account as example
from accounts
group by account
having count(*) > 1
union all
select 'an account without a name, or with more parcels than numbers' as problem, account as example
from accounts
where account is null or account = '' or parcel_count > number_count or parcel_count < 1
union all
select 'a parcel of no account that is there' as problem, headers.tracking_number as example
from parcel_headers as headers
left join accounts on headers.account = accounts.account
where accounts.account is null
