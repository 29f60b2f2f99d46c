import { type DictionaryEntry, readDictionary } from '../../queries/dictionary.js';
import type { CohortStart, Verdict } from '../../queries/explain/figures.js';
import { whyMissing } from '../../queries/explain/missing.js';
import type { ParcelStory } from '../../queries/explain/parcel.js';
import { describeParcel, meanEvents } from '../../queries/explain/words.js';
import type { Parcels } from '../../queries/schema.js';
import { layOut } from '../terminal/table.js';

/** The sentence of a column's comment that defines it, and the one that says when it is null. */
function splitRule(comment: string): { rule: string; nullRule: string } {
  const [rule = '', nullRule = ''] = comment.split(/ (?=Null )/);
  return { rule, nullRule };
}

/** The columns of a parcel's story: its milestones, then what was made of them. */
const milestoneColumns: readonly (keyof Parcels)[] = [
  'label_at',
  'dropped_at',
  'first_scan_at',
  'first_scan_code',
  'out_for_delivery_at',
  'first_attempt_at',
  'first_attempt_code',
  'pickup_point_at',
  'delivered_at',
  'returned_at',
  'edd_original',
  'edd_original_seen_at',
  'edd_current',
  'outcome',
  'outcome_at',
  'observed_at',
];
const figureColumns: readonly (keyof Parcels)[] = [
  'first_scan_delay_hours',
  'first_scan_after_handover_hours',
  'transit_measurable',
  'transit_hours',
  'transit_calendar_days',
  'transit_working_days',
  'possession_hours',
  'label_to_door_hours',
  'handed_over_in_time',
  'is_due',
  'on_time',
  'days_late',
  'exception_count',
  'exception_within_14d',
  'first_attempt_success',
  'diverted_to_pickup',
  'silent_working_days',
];

interface RuledValue {
  column: string;
  value: unknown;
  local: string | null;
  zone: string | null;
  rule: string;
}

function ruleValues(story: ParcelStory, columns: readonly (keyof Parcels)[]): RuledValue[] {
  const comments = new Map<string, DictionaryEntry>(
    readDictionary()
      .filter(({ table, column }) => table === 'parcels' && column !== null)
      .map((entry) => [entry.column ?? '', entry]),
  );
  return columns.map((column) => {
    const value = story.parcel[column];
    const moment = story.moments.find(({ name }) => name === column);
    const { rule, nullRule } = splitRule(comments.get(column)?.comment ?? '');
    return {
      column,
      value,
      local: moment?.local ?? null,
      zone: moment?.zone ?? null,
      rule: value === null ? (whyMissing(story.parcel, column) ?? (nullRule || rule)) : rule,
    };
  });
}

/** The story as one object, for machines. */
export function storyToObject(story: ParcelStory, alias: string | null, source: string) {
  const { parcel, run, starts, verdicts, strata, flags, isOpen, isStalled, isOverdue } = story;
  return {
    tracking_number: parcel.tracking_number,
    ...(story.account !== null && { account: story.account }),
    asked_for: alias ?? parcel.tracking_number,
    source,
    run,
    told: describeParcel(story),
    timeline: meanEvents(story).map(({ event, kind, notes }) => ({ ...event, kind, notes })),
    milestones: ruleValues(story, milestoneColumns),
    figures: ruleValues(story, figureColumns),
    cohorts: starts,
    counts: verdicts,
    adjusted_rates: strata,
    quality_flags: flags,
    is_open: isOpen,
    is_stalled: isStalled,
    is_overdue: isOverdue,
    parcel,
  };
}

const heading = (text: string) => `\n${text}\n`;

function formatValue({ value, local, zone }: RuledValue): string {
  if (value === null) return '-';
  if (local !== null) return local.includes(':') ? `${local} ${zone}` : `${local}, date only`;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : String(value);
}

const cohortNames: Readonly<Record<CohortStart['cohort'], string>> = {
  label: 'label cohort (by label date)',
  scan: 'scan cohort (by first scan date)',
  due: 'due cohort (by promised day)',
};

function describeCohort({ cohort, membership, week, reason }: CohortStart): string {
  const weekly = membership === null || week === null ? '' : `; weekly figures: week of ${week}`;
  return `  ${membership === null || membership === 'older' || membership === 'not_yet' ? 'no ' : 'yes'}  ${cohortNames[cohort]}: ${reason}${weekly}`;
}

const isCounting = ({ membership }: CohortStart) =>
  membership === 'current' || membership === 'weekly' || membership === 'previous';

function describeVerdicts(verdicts: readonly Verdict[]): string {
  return layOut(
    verdicts.map(({ figures, reason, cohort }) => [figures.join(', '), cohort, reason]),
    [46],
  );
}

/** The story as text: what can be sent to a carrier first, then what an analyst checks it by. */
export function describeStory(story: ParcelStory, alias: string | null, source: string): string {
  const { run, starts, verdicts, strata, flags } = story;
  const milestones = ruleValues(story, milestoneColumns);
  const absent = milestones.filter(({ value }) => value === null);
  const parts = [
    alias === null ? '' : `${alias} is another number of parcel ${story.parcel.tracking_number}.\n\n`,
    story.account === null ? '' : `Account ${story.account}.\n`,
    `${describeParcel(story).join('\n')}\n`,
    heading('Timeline (local to the origin until it is out for delivery, then to the destination)'),
    layOut(
      meanEvents(story).map(({ event, kind, notes }) => [
        `${event.event_order}`,
        event.local ?? 'no time',
        event.local?.includes(':') ? event.zone : '',
        [event.status_code ?? 'no code', event.sub_status_code]
          .filter((part) => part && part !== 'none')
          .join('/'),
        kind,
        notes.join('; '),
      ]),
    ),
    heading('Milestones, and the rule of each'),
    layOut(
      milestones.filter(({ value }) => value !== null).map((one) => [one.column, formatValue(one), one.rule]),
    ),
    absent.length === 0 ? '' : `  none: ${absent.map(({ column }) => column).join(', ')}\n`,
    heading('Figures of this parcel, and the rule of each'),
    layOut(ruleValues(story, figureColumns).map((one) => [one.column, formatValue(one), one.rule])),
  ];
  if (flags.length > 0) {
    parts.push(heading('To know before trusting it'));
    parts.push(layOut(flags.map(({ name, meaning }) => [name, meaning])));
  }
  parts.push(heading(`Cohorts, on the clock of ${run.as_of}, window of ${run.window_days} days`));
  parts.push(`${starts.map(describeCohort).join('\n')}\n`);
  const counting = new Set(starts.filter(isCounting).map(({ cohort }) => cohort));
  const relevant = verdicts.filter(({ cohort }) => counting.has(cohort));
  if (relevant.length > 0) {
    parts.push(heading('Counts in'), describeVerdicts(relevant.filter(({ isIn }) => isIn)));
    const out = relevant.filter(({ isIn }) => !isIn);
    if (out.length > 0) parts.push(heading('Is left out of'), describeVerdicts(out));
    const current = new Set(
      starts.filter(({ membership }) => membership === 'current').map(({ cohort }) => cohort),
    );
    const adjusted = strata.filter(({ figure }) =>
      relevant.some(
        ({ cohort, isIn, figures }) =>
          isIn && current.has(cohort) && figures.includes(figure.replace('_adj', '')),
      ),
    );
    if (adjusted.length > 0) {
      parts.push(
        heading('Mix-adjusted rates: parcels of this carrier, lane, delivery type and service level'),
      );
      parts.push(
        layOut(
          adjusted.map(({ figure, parcels, needed }) => [
            figure,
            `${parcels}`,
            parcels >= needed ? 'takes part' : `left out: fewer than ${needed}`,
          ]),
        ),
      );
    }
  }
  if (story.isOpen) parts.push('\nIt counts in open_now: outbound, scanned, and not ended.\n');
  if (story.isStalled) parts.push('It is in stalled_parcels: the carrier has been silent for too long.\n');
  if (story.isOverdue) parts.push('It is in overdue_parcels: open, and past its promised day.\n');
  parts.push(
    `\nSource: ${source}; data as of ${run.data_as_of ?? 'never'}. Rules: docs/data-dictionary.md.\n`,
  );
  return parts.join('');
}
