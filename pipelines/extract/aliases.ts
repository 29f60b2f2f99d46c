import type { DuckDBConnection } from '@duckdb/node-api';

// Numbers of one family share a listed number, directly or through others of it; age 1 is the oldest registration of all.
const gatherFamilies = `
  create or replace temp table holders as
  select listed_number, tracking_number from listed_numbers
  union
  select registry.tracking_number, registry.tracking_number
  from registry
  where registry.tracking_number in (select listed_number from listed_numbers);
  create or replace temp table families as
  select registry_row, tracking_number, known_alias_of, age, age as eldest
  from (
    select
      registry.rowid as registry_row,
      registry.tracking_number,
      registry.alias_of as known_alias_of,
      row_number() over (order by registry.registered_at, registry.tracking_number) as age
    from registry
    where registry.tracking_number in (select tracking_number from holders)
  ) as members`;

const meetRelatives = `
  update families set eldest = met.eldest
  from (
    select holders.tracking_number, min(relatives.eldest) as eldest
    from holders
    inner join (
      select holders.listed_number, min(families.eldest) as eldest
      from holders
      inner join families on holders.tracking_number = families.tracking_number
      group by holders.listed_number
    ) as relatives on holders.listed_number = relatives.listed_number
    group by holders.tracking_number
  ) as met
  where families.tracking_number = met.tracking_number and met.eldest < families.eldest`;

// Most often nobody's role changes, and then the registry is not read.
const applyAliases = `
  update registry set
    state = case
      when wanted.alias_of is not null then 'alias'
      when registry.state = 'alias' then 'active'
      else registry.state
    end,
    state_reason = case when wanted.alias_of is null then registry.state_reason end,
    alias_of = wanted.alias_of
  from (
    select registry_row, alias_of
    from (
      select
        members.registry_row,
        members.known_alias_of,
        case when members.eldest <> members.age then elders.tracking_number end as alias_of
      from families as members
      inner join families as elders on members.eldest = elders.age
    ) as found
    where alias_of is distinct from known_alias_of
  ) as wanted
  where registry.rowid = wanted.registry_row`;

/**
 * Younger registrations whose numbers an older registered parcel holds become its aliases. Found anew each time, so that an
 * older archive that comes later turns the roles as it should.
 */
export async function findAliases(connection: DuckDBConnection): Promise<void> {
  const listed = await connection.runAndReadAll('select exists (select 1 from listed_numbers)');
  if (listed.getRows()[0]?.[0] !== true) return;
  await connection.run(gatherFamilies);
  // A chain of relabelled parcels takes a round for each link.
  while ((await connection.run(meetRelatives)).rowsChanged > 0);
  await connection.run(applyAliases);
  await connection.run('drop table temp.holders; drop table temp.families');
}
