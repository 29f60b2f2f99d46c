/** One thing that was looked at. A failed one has the exit code that it leads to, and what to do. */
export interface Finding {
  check: string;
  status: 'ok' | 'note' | 'warning' | 'failed';
  detail: string;
  advice?: string;
  exitCode?: 2 | 4;
}
