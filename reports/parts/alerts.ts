import { lightFormat, parseISO, subDays } from 'date-fns';
import type { AlertRow } from '../snapshot.js';
import type { PageContext } from './context.js';

const recentDays = 42;

/** Whether a week began in the last six weeks of the window: older ones are in the trend, no longer news. */
export function isRecent(context: PageContext, week: { week_start_date: string }): boolean {
  const { window_end_date: end } = context.snapshot.parameters;
  return week.week_start_date >= lightFormat(subDays(parseISO(end), recentDays), 'yyyy-MM-dd');
}

/** Alerts that are still open, the latest first. */
export function recentAlerts(context: PageContext): AlertRow[] {
  return context.snapshot.alerts.filter((alert) => alert.is_open);
}
