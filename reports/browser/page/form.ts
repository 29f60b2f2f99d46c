import { deliveryTypeWords, formatDayMonth } from '../../words.js';
import { type Choice, type ChoiceKey, listKeys, listValues, nameLane } from '../choice.js';
import type { CompareData } from '../compare-data.js';
import { nameCarrier, sayBrand, sayLane, sayMeasure, sayService } from '../compare-words.js';
import { type IsoWeek, listPresets } from '../iso-weeks.js';
import { find, make } from './elements.js';

/** What the form offers is made of. */
export interface Offer {
  data: CompareData;
  weeks: IsoWeek[];
}

/** The words of an option. */
function sayOption(key: ChoiceKey, value: string, { data: { frame }, weeks }: Offer): string {
  if (key === 'carrier' || key === 'against') return nameCarrier(frame, value);
  if (key === 'measure') return sayMeasure(value, frame);
  if (key === 'from' || key === 'to') {
    const week = weeks.find(({ name }) => name === value);
    return week
      ? `${value}, ${formatDayMonth(key === 'from' ? week.monday : week.sunday, frame.locale)}`
      : value;
  }
  if (value === '*')
    return { lane: 'All lanes', type: 'All', service: 'All', brand: 'All', account: 'All' }[key];
  if (key === 'lane') return sayLane(value, frame);
  if (key === 'type') return deliveryTypeWords(value);
  if (key === 'account') return value;
  return key === 'service' ? sayService(value) : sayBrand(value);
}

/** What is not offered where it has one answer only. */
const isOptional = (key: ChoiceKey) => ['type', 'service', 'brand', 'account'].includes(key);

const selectOf = (key: ChoiceKey) => find<HTMLSelectElement>(`choose-${key}`);

/** Fills the selects and the presets; `choose` is told of a press and of a change. */
export function fillForm(offer: Offer, choose: (change: (before: Choice) => Choice) => void): void {
  const values = listValues(offer.data.frame, offer.weeks);
  for (const key of listKeys(offer.data.frame)) {
    const options = key === 'from' || key === 'to' ? [...values[key]].reverse() : values[key];
    selectOf(key).replaceChildren(
      ...options.map((value) => {
        const option = document.createElement('option');
        option.value = value;
        option.textContent = sayOption(key, value, offer) ?? value;
        return option;
      }),
    );
    selectOf(key).addEventListener('change', () => choose(() => readForm(offer)));
  }
  const presets = listPresets(offer.weeks, offer.data.frame.lastWholeWeek);
  find('presets').replaceChildren(
    ...presets.map(({ label, range }) => {
      const button = make('button', label) as HTMLButtonElement;
      button.type = 'button';
      button.dataset.range = `${range.from} ${range.to}`;
      button.addEventListener('click', () => choose((before) => ({ ...before, ...range })));
      return button;
    }),
  );
}

/** Sets the form to the choice; what has one answer only, or none that the carrier has, is not offered. */
export function showForm({ weeks, data }: Offer, choice: Choice): void {
  for (const key of listKeys(data.frame)) {
    const value = key === 'from' || key === 'to' ? (weeks[choice[key]]?.name ?? '') : choice[key];
    selectOf(key).value = value;
  }
  for (const option of selectOf('against').options) option.disabled = option.value === choice.carrier;
  const served = listServed(data, choice.carrier);
  for (const option of selectOf('lane').options)
    option.hidden = option.value !== '*' && option.value !== choice.lane && !served.has(option.value);
  for (const key of listKeys(data.frame)) {
    if (!isOptional(key)) continue;
    const field = selectOf(key).closest<HTMLElement>('.field');
    if (field) field.hidden = selectOf(key).options.length <= 2 && choice[key] === '*';
  }
  for (const button of find('presets').querySelectorAll('button'))
    button.setAttribute('aria-pressed', String(button.dataset.range === `${choice.from} ${choice.to}`));
}

function listServed({ frame, rows }: CompareData, carrier: string): Set<string> {
  const place = frame.carriers.findIndex(({ code }) => code === carrier);
  const served = new Set<number>();
  for (let row = 0; row < rows.count; row += 1)
    if (rows.index.carrier[row] === place) served.add(rows.index.lane[row] ?? 0);
  return new Set([...served].map((lane) => nameLane(frame.lanes[lane] ?? ['', ''])));
}

function readForm({ weeks, data }: Offer): Choice {
  const read = (key: ChoiceKey) => selectOf(key).value;
  const placeOf = (key: 'from' | 'to') =>
    Math.max(
      0,
      weeks.findIndex(({ name }) => name === read(key)),
    );
  const choice = {
    carrier: read('carrier'),
    against: read('against'),
    lane: read('lane'),
    type: read('type'),
    service: read('service'),
    brand: read('brand'),
    account: data.frame.hasAccounts ? read('account') : '*',
    measure: read('measure'),
    from: placeOf('from'),
    to: placeOf('to'),
  };
  return choice.against === choice.carrier ? { ...choice, against: '*' } : choice;
}
