-- grain: one row a parcel of the previous period, as that period's clock saw it
with derived as (
    select * from derived_parcels
)

select * from derived
where period = 'previous'
