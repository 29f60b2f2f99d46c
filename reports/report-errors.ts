import { type OpenSnapshotOptions, openSnapshot } from '../queries/db.js';

export class ReportError extends Error {
  override readonly name = 'ReportError';
  /** The user's to mend: another carrier, or a snapshot published anew. */
  readonly exitCode = 2;
  constructor(
    readonly code: 'UNKNOWN_CARRIER' | 'UNREADABLE_SNAPSHOT' | 'OTHER_SHEET',
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** Opens a snapshot, reads from it, and lets it go. `limits`: threads and memory. @throws ReportError where that is not possible. */
export async function readFrom<T>(
  path: string,
  read: (db: Awaited<ReturnType<typeof openSnapshot>>) => Promise<T>,
  limits: OpenSnapshotOptions,
): Promise<T> {
  try {
    const db = await openSnapshot(path, limits);
    try {
      return await read(db);
    } finally {
      await db.destroy();
    }
  } catch (cause) {
    throw new ReportError('UNREADABLE_SNAPSHOT', `The snapshot ${path} cannot be read`, cause);
  }
}
