import type { AlertRow } from '../snapshot.js';
import type { PageContext } from './context.js';

/** Alerts that are still open, the latest first. */
export function recentAlerts(context: PageContext): AlertRow[] {
  return context.snapshot.alerts.filter((alert) => alert.is_open);
}
