-- what must hold of mix_cells; rows are failures
select 'two rows with one number' as problem, cast(cell_id as varchar) as example
from mix_cells
group by cell_id
having count(*) > 1
union all
select 'a cell without a key' as problem, cast(cell_id as varchar) as example
from mix_cells
where period is null
    or week_start_date is null
    or label_weekday is null
    or label_hour is null
    or carrier_code is null
    or from_country is null
    or to_country is null
    or delivery_type is null
    or service_level is null
    or shipping_option_code is null
    or brand_id is null
    or account is null
