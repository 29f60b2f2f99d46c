import { totalmem } from 'node:os';

/** Bytes of memory that this process may have: in a container its limit counts, not the memory of the host. */
export function totalMemoryBytes(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}

/**
 * What the database may use where nobody said: 1GB, which does for a build of a million parcels, and 2GB more for each million
 * beyond; at most half of the memory, since the night shares its machine, and at least 512MB.
 */
export function defaultMemoryLimit(totalBytes: number, parcels = 0): string {
  const wanted = 1000 + Math.max(0, parcels - 1e6) / 500;
  const megabytes = Math.floor(Math.max(512, Math.min(totalBytes / 2e6, wanted)));
  return megabytes % 1000 === 0 ? `${megabytes / 1000}GB` : `${megabytes}MB`;
}
