import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFailures } from '../../queries/checks.js';
import { readSelect } from '../../queries/engines/engine.js';
import { models } from '../../queries/models.js';
import { agreedFolder } from './agreed/seeds.js';
import { openScratch, type RawObservation, type Scratch } from './harness.js';
import { readableHistories } from './nights.js';

const asOf = new Date('2026-06-30T09:41:00Z');
const days = 90;

const readSql = (path: string) => readFileSync(new URL(`../../queries/${path}.sql`, import.meta.url), 'utf8');

/** One plain parcel of a carrier, scanned on 1 June, with whatever is given instead. */
function hostile(number: string, given: Record<string, unknown>): RawObservation {
  return {
    observedAt: asOf,
    response: {
      announced_at: '2026-06-01T08:00:00Z',
      details: {},
      from_address: { country_code: 'NL' },
      to_address: { country_code: 'NL' },
      ship_with: {},
      tracking_numbers: [{ carrier_code: 'dhl', tracking_number: number }],
      events: [{ event_at: '2026-06-01T12:00:00Z', event_type: 'carrier', status_code: 'accepted' }],
      ...given,
    },
  };
}

const event = (event_at: string | null, status_code: string, event_type = 'carrier') => ({
  event_at,
  event_type,
  status_code,
});

/** What nobody would send, and somebody will. */
const hostiles: RawObservation[] = [
  hostile('no events', { events: [] }),
  hostile("quote ' and ünïcode", {}),
  hostile('ages', {
    announced_at: '0001-01-01T00:00:00Z',
    events: [event('0001-01-01T00:00:00.000001Z', 'accepted'), event('9999-12-31T23:59:59Z', 'delivered')],
  }),
  hostile('label of the far future', { announced_at: '9999-12-31T23:59:59Z' }),
  hostile('ancient promise', { details: { expected_delivery_date: '0001-01-01' } }),
  hostile('promise of the far future', { details: { expected_delivery_date: '9999-12-31' } }),
  hostile('everything at once', {
    events: [
      'delivered',
      'returned_sender',
      'missing',
      'delivery_forced',
      'cancelled',
      'accepted',
      'damaged',
    ].map((code) => event('2026-06-02T12:00:00Z', code)),
  }),
  hostile('backwards', {
    events: [event('2026-06-09T12:00:00Z', 'accepted'), event('2026-06-02T12:00:00Z', 'delivered')],
  }),
  hostile('midnights', {
    announced_at: '2026-06-01T00:00:00Z',
    events: ['accepted', 'attempted', 'pup', 'delivered', 'damaged'].map((code, index) =>
      event(`2026-06-0${index + 1}T00:00:00Z`, code),
    ),
  }),
  hostile('undated', { events: [event(null, 'accepted'), event(null, 'delivered'), event('never', 'pup')] }),
  hostile('claims only', { announced_at: null, events: [event('2026-06-02T12:00:00Z', 'claim', 'claim')] }),
  hostile('across the date line', {
    from_address: { country_code: 'NZ' },
    to_address: { country_code: 'US' },
    events: [event('2026-06-01T14:00:00Z', 'accepted'), event('2026-06-01T15:00:00Z', 'delivered')],
  }),
];

describe('checks', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch();
    await scratch.land([...readableHistories(41, 900, asOf), ...hostiles]);
    await scratch.connection.run(`
      insert into warehouse.registry
        (tracking_number, registered_at, origin, state, state_reason, dead_since, phase, not_found_count, failure_count)
      values ('DEAD', timestamp '2026-06-01', 'known', 'dead', 'not_found', timestamp '2026-06-06', 'new', 5, 0)`);
    const { checks } = await scratch.build({ asOf, days, seedsFolder: agreedFolder });
    expect(describeFailures(checks)).toEqual([]);
    // The build has dropped its steps: they are made again, for the checks to look at.
    for (const model of models) {
      const { name, kind } = model;
      if (kind !== 'step' && kind !== 'view') continue;
      const object = kind === 'step' ? 'table' : 'view';
      await scratch.connection.run(
        `create or replace temp ${object} ${name} as ${readSelect(model, { name: 'duckdb' }, false)}`,
      );
    }
  });
  afterAll(() => scratch.close());

  it('stand beside every mart', () => {
    const unchecked = models.filter(
      ({ name, kind }) =>
        kind !== 'view' && !existsSync(new URL(`../../queries/marts/${name}.check.sql`, import.meta.url)),
    );
    expect(unchecked).toEqual([]);
  });

  async function findProblems(model: string): Promise<string[]> {
    const found = await scratch.rows<{ problem: string; example: unknown }>(
      `select distinct problem, example from (${readSql(`marts/${model}.check`)})`,
    );
    for (const { example } of found) expect(typeof example).toBe('string');
    return found.map(({ problem }) => problem);
  }

  /** The problems that the check finds after a change, which is then taken back. */
  async function findProblemsAfter(model: string, change: string): Promise<string[]> {
    await scratch.connection.run('begin transaction');
    try {
      await scratch.connection.run(change);
      return await findProblems(model);
    } finally {
      await scratch.connection.run('rollback');
    }
  }

  /** Rows for tables that these parcels leave empty. */
  const oneRow: Record<string, string> = {
    settled_parcels: `insert into settled_parcels by name select tracking_number, timestamp '2026-06-01' as clock_at from parcel_clocks limit 1;`,
    kept_weeks: `insert into kept_weeks select max(week_start_date) from cohort_members where period = 'weekly';`,
    alerts: `insert into alerts by name select carrier_code, metric, 'below' as side, true as is_worse,
      week_start_date as first_week, week_start_date as last_week, 2 as weeks, 'outside' as kind, true as is_open,
      0.1 as value, 60 as n, 0.5 as usual, 0.001 as p from weekly_control where carrier_code <> '*' limit 1;`,
    alert_lanes: `insert into alert_lanes by name select carrier_code, metric, 'below' as side, week_start_date as first_week,
      'NL' as from_country, 'DE' as to_country, 'home' as delivery_type, 60 as n, 6 as x, 0.5 as usual, -24 as extra,
      true as is_named from weekly_control where carrier_code <> '*' limit 1;`,
    lane_changes: `insert into lane_changes by name select carrier_code, 'NL' as from_country, 'DE' as to_country, 'home' as delivery_type, metric,
      true as is_worse, week_start_date as first_week, 2 as weeks, 6 as x, 60 as n, 0.5 as usual, -24 as extra, 0.001 as p
      from weekly_control where carrier_code <> '*' limit 1;`,
    gate_candidates: `insert into gate_candidates by name select 'alert' as kind, 'carrier' as scope, carrier_code, '' as from_country,
      '' as to_country, '' as delivery_type, metric, 'below' as side, week_start_date as first_week, true as is_worse, 0.001 as p
      from weekly_control where carrier_code <> '*' limit 1;`,
    candidates: `insert into candidates by name select 'alert' as kind, 'carrier' as scope, carrier_code, metric, 'below' as side,
      week_start_date as first_week, true as is_worse, 0.001 as p, 0.01 as p_holm, true as is_sure
      from weekly_control where carrier_code <> '*' limit 1;`,
    case_facts: `insert into case_facts by name select 'carrier' as kind, 'carrier' as known_as, carrier_code, '' as from_country, '' as to_country,
      metric, 'others' as compared_with, 60 as n, 6 as x, 0.1 as value, 0.5 as usual, -24 as extra, -30 as extra_lo, -18 as extra_hi, 24 as lost, 0.001 as p, 0.01 as p_holm,
      week_start_date as since from weekly_control where carrier_code <> '*' limit 1;`,
    cases: `insert into cases by name select 1 as case_number, 'carrier' as kind, carrier_code, metric, 'others' as compared_with, 60 as n,
      6 as x, 0.1 as value, 0.5 as usual, -24 as extra, -30 as extra_lo, -18 as extra_hi, 0.001 as p, 0.01 as p_holm,
      week_start_date as since, 9 as looked_at
      from weekly_control where carrier_code <> '*' limit 1;`,
    cut_off_moves: `insert into cut_off_moves by name select carrier_code, 16 as old_hour, 15 as new_hour, true as is_worse, 14 as waited_from,
      12 as n, 12 as x, 6 as day_count, 6 as late_days, 12 as usual_n, 0 as usual_x, 6 as usual_day_count, 0 as usual_late_days,
      true as is_borne_out, 0.02 as p from cut_offs where carrier_code <> '*' limit 1;`,
    alert_baselines: `insert into alert_baselines by name select carrier_code, metric, 9 as point_number, 0.5 as centre,
      120 as pooled_x, 240 as pooled_n, 0.1 as sigma, false as is_exact from weekly_control limit 1;`,
  };

  it.each(models.filter(({ kind }) => kind !== 'view').map(({ name }) => name))(
    '%s finds a row that stands twice',
    async (model) => {
      const change = `${oneRow[model] ?? ''} insert into ${model} select * from ${model} limit 1`;
      const problems = await findProblemsAfter(model, change);
      expect(problems.length).toBeGreaterThan(0);
    },
  );

  /** Model (< table that is spoilt, where it is another) | what is done to one row | of those that | problem that is found. */
  const spoilt = `
    parcel_headers | lose |  | a parcel with a visible poll has no row
    parcel_headers | set to_country = 'nl' |  | a country or postal area that is longer
    events | lose |  | landed events are lost or doubled
    events | set quarantine_reason = 'future' | quarantine_reason is null and not is_date_only | an event of the future
    events | set quarantine_reason = null | quarantine_reason = 'no_timestamp' | an event without a time
    events | set quarantine_reason = 'implausible' | quarantine_reason is null | an event of the last century
    events | set last_seen_at = first_seen_at - interval 1 day |  | an event was last seen before
    parcel_clocks | lose | period = 'current' | a changed parcel has no clock
    parcel_milestones | set delivered_at = null, first_attempt_at = null | pickup_point_at is not null | a delivery on a date before
    parcel_milestones | set lost_at = last_scan_at - interval 1 hour | last_scan_at is not null | lost before a scan
    parcel_outcomes | set outcome_at = null | outcome = 'delivered' | closed without a time
    parcel_outcomes | set outcome_at = outcome_at + interval 1 day | outcome = 'delivered' | an end that lies before
    parcel_exceptions | set first_exception_at = null | exception_count > 0 | exceptions are counted and there is no first
    operating_weeks | lose | carrier_code = 'dhl' | a parcel whose carrier and destination
    parcel_working_days | set to_observed_working_days = -1 |  | fewer than no working days
    event_numbers | set last_poll_at = observed_at + interval 1 day |  | a number was polled after
    event_numbers | lose |  | a number of a changed parcel that was polled has no row
    event_numbers | set parcel_id = parcel_id + 1 |  | a number of two parcels
    event_kinds | set kind_id = 0 |  | one kind of event has two numbers
    event_kinds | set type_id = 1 | status_type = 'success' | a type is graver
    previous_parcels | lose |  | a parcel of the previous period has no row
    measures | set measure_number = 2 | measure_number = 1 | one number of two measures
    parcels_by_period < parcels | lose |  | a parcel has no row
    parcels_by_period < parcels | set outcome_at = null | outcome = 'lost' | closed without a time
    parcels_by_period < parcels | set transit_hours = -1 | transit_measurable | a negative duration
    parcels_by_period < parcels | set promise_foreseen = null | edd_original is not null | a promise is foreseen
    parcels_by_period < parcels | set on_time = null | is_due | on time is judged
    parcels_by_period < parcels | set quality_flags = '' | first_scan_code <> 'accepted' | flags differ
    parcels | lose |  | a parcel with a visible poll has not
    cohort_members | set start_date = date '2001-01-01' |  | started outside the period
    mixes | set period = 'never' |  | a mix of no period
    mix_cells | set delivery_type = null |  | a cell without a key
    settled_parcels | set clock_at = timestamp '2001-01-01' |  | an event after the clock
    kept_weeks | set week_start_date = week_start_date |  | a member of a week that is kept
    week_members | lose |  | a week without members
    week_durations | set followed_count = 999999 |  | more were followed
    week_counts | set x = n + 1 |  | more parcels are counted
    cohort_counts | lose |  | a cell that is no cell
    cohort_counts | set watched_14d = scanned + 1 |  | a cell without members
    follow_up_counts | lose | measure = 'first_scan' | the parcels of a cell are neither
    follow_up_counts | set followed_count = 0 |  | a row of nobody
    open_counts | set stalled_now = open_now + 1 |  | more stalled than open
    exception_code_counts | set parcels = event_count + 1 |  | more parcels than events
    promise_gaps | set days = 15 |  | a kind that nobody knows
    carrier_report_counts | set sub_status = parcels + 1 |  | more reported than there are
    data_quality_counts | set affected = base + 1 |  | more affected than there are
    cell_groups | lose | grain = 'lane' and carrier_code = '*' | a cell is missing from
    cohort_outcomes | lose |  | members of a cohort are lost
    cohort_outcomes | set is_watched_30d = true | not is_aged_30d | watched through a horizon
    rate_counts | set x = n + 1 |  | more parcels are counted
    rates | set rate = 1.5, rate_hi = 1.6 | n > 0 | a rate lies outside 0 to 1
    rates | set rate = rate_hi + 0.01 | n > 0 and rate_hi < 0.9 | a rate lies outside its interval
    rates | set n = n + 1 | group_id = (select min(group_id) from cell_groups where grain = 'carrier' and cell_id is not null) | the carriers do not add up
    exception_episodes | set ended_at = started_at | ended_at is not null | an episode ended before
    follow_ups | set duration = -1 | left_out is null | a negative or missing duration
    follow_ups | lose | measure = 'first_scan' | parcels of a cohort are neither
    follow_ups | lose | measure = 'transit' | the hours and the working days
    survival_steps | set at_risk = at_risk + 1 |  | those at risk are not those who end
    survival_steps | lose |  | those at risk are not those who end
    survival_steps | set next_duration = null | next_duration is not null | a curve with no end, or with two
    survival_steps | set followed_count = at_risk + 1 |  | more ended than were at risk
    survival_steps | set next_duration = duration - 1 | next_duration is not null | the next end comes earlier
    survival_cuts | set at_risk = at_risk + 9 | weight_square_sum > 0 | those who ended are still at risk
    survival_cuts | set weight = 0 | share > 0.2 | the curve falls
    survival_cuts | set share = 2 |  | a share outside 0 to 1
    survival_cuts | set linear_sum = 'nan' |  | a variance that is negative
    durations | set p50 = p90 + 1 | p90 is not null | a later percentile comes earlier
    durations | set p50_lo = p50 + 1 | p50 is not null | a percentile lies outside its interval
    durations | set p50 = null, p90 = null, p95 = null | p50 is not null | a percentile that the curve
    adjusted_rates | set adjusted_support = 1.2 |  | a rate or its support
    open_parcels | lose |  | open outbound scanned parcels are lost
    figures | set scanned = scanned + 1 | group_id in (select group_id from groups where grain = 'lane' and carrier_code = '*') | the lanes do not add up
    figures | set labelled = labelled + 1 | group_id in (select group_id from groups where grain = 'shipping_option') | the shipping options do not
    figures | set transit_n = scanned + 1 |  | more parcels are followed than
    figures < metrics | set cohort = 'due' | name = 'never_scanned_7d_rate' | a rate asks more parcels than
    figures | lose |  | a group without its figures
    groups | lose | grain = 'carrier' and period = 'current' and carrier_code = 'dhl' | a carrier without its line
    rate_tallies | lose |  | a cell that is no cell
    rate_figures | lose |  | a group without a row
    rate_answers < cohort_outcomes | set seen_from = 'nowhere' |  | a member of a cohort has no answers
    metrics | set cohort = null | estimator = 'rate' | a rate without a cohort
    metrics | set alert_horizon = 7 | name = 'open_now' | an alert horizon of a figure
    carrier_performance | set scanned = scanned + 1 | carrier_code = '*' | the carriers do not add up
    carrier_performance | lose | carrier_code = '*' | a period without its line
    carrier_performance | set stalled_now = open_now + 1 | period = 'current' | more stalled than open
    carrier_performance | set on_time_rate_adj = 2 | on_time_rate_adj is not null | an adjusted figure lies outside its interval
    lane_performance | set due = due + 1 |  | the lanes do not add up
    shipping_option_performance | set due = due + 1 |  | the shipping options do not
    weekly_performance | set scanned = scanned + 1 |  | the carriers do not add up
    weekly_performance | set week_start_date = week_start_date + 1 |  | a week that does not begin
    curve_points | lose | hours = 7 | an hour is missing
    transit_curves | set at_risk = at_risk + 1 | hours = 0 and carrier_code = '*' | the curve starts with others
    first_scan_curves | set share = 0, share_lo = 0 | hours = 300 and carrier_code = '*' | the curve falls
    period_changes | set difference = difference_hi + 0.1 | difference_hi is not null | the difference lies outside
    period_changes | set direction = 'better' | is_clear is null | the direction differs
    period_changes | set direction = 'not_covered', is_clear = null | carrier_code = '*' and metric = 'on_time_rate' | a carrier is covered for one
    period_changes | set direction = 'worse', is_clear = true | metric = 'edd_coverage_rate' | a change is judged of a figure
    weekly_points | set week_start_date = week_start_date + 1 |  | a week that does not begin
    watched_weeks | set metric = 'on_time_rate', point_number = 1 | carrier_code = '*' | a point of on time whose promises
    watched_weeks | set n = 29 | point_number is not null | a point that is too young
    watched_weeks | set point_number = point_number + 1 | point_number is not null | points that are not counted
    alert_baselines | set sigma = -1 |  | a sigma below nothing
    weekly_control | set outside = 'above', n = 3 |  | a week that is too young or too small
    alerts < weekly_control | set marked = 'above' |  | marked weeks that are in no alert
    lane_weeks | set n = n + 1 |  | the lanes do not add up
    alerts | set carrier_code = '*' |  | an alert of all carriers
    alerts | set weeks = 1 |  | weeks that do not fit
    alert_lanes | set n = n + 1 |  | the lanes do not add up
    alert_lanes | set x = n + 1 |  | a lane without parcels
    exception_codes | set parcels = events + 1 |  | more parcels with the code
    exception_codes | lose | carrier_code = '*' | the carriers do not add up
    exception_episode_summary | set episodes = episodes + 1 |  | the carriers do not add up
    pickup_point_dwell | set parcels = parcels + 1 |  | the carriers do not add up
    label_waiting | set labels = labels + 1 |  | the labels of all hours differ
    label_waiting | set label_hour = 24 |  | a weekday outside
    lane_changes | set x = n + 1 |  | more counted than there are
    hand_over_waits | set scanned = scanned + 1 |  | the labels of an hour differ
    hand_over_waits | set label_date = label_date + 3 | iso_weekday(label_date) = 2 | a label outside its period
    cut_offs | set steps_looked_at = 24 |  | more steps than there are neighbours
    cut_off_moves | set x = n + 1 |  | more late than there are
    hand_over_cut_offs | lose | period = 'latest' | a carrier has not each period
    hand_over_cut_offs | set labelled = labelled + 1 | carrier_code = '*' | the carriers do not add up
    hand_over_cut_offs | set labelled = labelled + 1 | period = 'current' | the labels differ from those
    hand_over_cut_offs | set cut_off_hour = 0 |  | a step that is none
    hand_over_cut_offs | set hours_before_n = 9 |  | a median lies outside
    hand_over_cut_offs | set moved_by_hours = 1 | period = 'current' | a move without two hours
    delay_breakdown | set hours_to_attempt = -1 |  | a part of the way
    delay_breakdown | set parcels = parcels + 1 |  | the carriers do not add up
    parcel_days | set delivered_share = attempted_share + 0.1 | delivered_share is not null | more delivered than attempted
    parcel_days | lose | hours = 7 | a carrier has not each hour
    cells | set on_time_rate_n = on_time_rate_n + 1 | cohort = 'due' and start_date > date '2026-05-01' | the cells do not add up
    cells | set start_date = date '2001-01-01' |  | a start date outside
    cell_hours | set hour = 337 |  | an hour outside
    cell_hours | set interest = interest + 1 | start_date > date '2026-05-01' | the hours do not hold all
    brand_performance | set due = due + 1 |  | the brands do not
    targets | set verdict = 'met' | verdict = 'missed' | a verdict that the rate
    case_facts | set extra = -31 | extra_lo is not null | parcels outside their limits
    cases | set extra = -31 | extra_lo is not null | parcels outside their limits
    targets | set x = n + 1 |  | more are counted than asked
    targets | set short_by = short_by_hi + 1 | n > 0 | short by a number outside
    notes | set text = ' ' |  | a note without
    carrier_starts | set first_known_date = date '2001-01-01' | carrier_code = 'dhl' | a carrier is known before
    carrier_reports | lose | kind = 'attempt' | a carrier has not each kind
    carrier_reports | set reported = parcels + 1 |  | more reported than there are
    promise_drift | set parcels = parcels + 1 |  | the days do not add up
    stalled_parcels | lose |  | other parcels than are stalled
    dead_letters | set dead_since = registered_at - interval 1 day |  | it does not say since when
    overdue_parcels | set days_overdue = 0 |  | a parcel that is not late
    carriers | lose | carrier_code = 'dhl' | a carrier that is measured and not named
    carriers | set parcels = parcels + 1 |  | the parcels do not add up
    status_codes | set words = '' | status_code = 'accepted' | a status code without words
    thresholds | lose |  | a threshold is missing
    data_quality | set count = count + 1 | check_name = 'event_future' | quarantined events are lost
    data_quality | set share = 1.2 | share is not null | a share outside 0 to 1
    periods | set first_start_date = first_start_date - 1 |  | current and previous differ
  `
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));

  it.each(spoilt)('%s: %s, %s', async (place = '', change = '', where = '', problem = '') => {
    const [model = '', table = model] = place.split(' < ');
    const row = `rowid = (select min(rowid) from ${table} where ${where || 'true'})`;
    const statement = change === 'lose' ? `delete from ${table}` : `update ${table} ${change}`;
    const problems = await findProblemsAfter(model, `${oneRow[table] ?? ''} ${statement} where ${row}`);
    expect(
      problems.some((found) => found.startsWith(problem)),
      problems.join('; '),
    ).toBe(true);
  });

  it('alerts: a side that nobody knows', async () => {
    const problems = await findProblemsAfter(
      'alerts',
      `${oneRow.alerts} update alerts set side = 'a feeling'`,
    );
    expect(problems).toContain('an alert of all carriers together, or with a word that is none');
  });
});
