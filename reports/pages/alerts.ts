import type { PageContext } from '../parts/context.js';
import type { AlertRow } from '../snapshot.js';

const recentDays = 42;
const dayMs = 24 * 3600 * 1000;

/** Whether a week began in the last six weeks of the window: older ones are in the trend, no longer news. */
export function isRecent(context: PageContext, week: { week_start_date: string }): boolean {
  const end = Date.parse(context.snapshot.parameters.window_end_date);
  return end - Date.parse(week.week_start_date) <= recentDays * dayMs;
}

/** Alerts that are still open, the latest first. */
export function recentAlerts(context: PageContext): AlertRow[] {
  return context.snapshot.alerts.filter((alert) => alert.is_open);
}
