import { totalmem } from 'node:os';

/** Bytes of memory that this process may have: in a container its limit counts, not the memory of the host. */
export function totalMemoryBytes(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}

function toSize(megabytes: number): string {
  const whole = Math.floor(Math.max(512, megabytes));
  return whole % 1000 === 0 ? `${whole / 1000}GB` : `${whole}MB`;
}

/** The most that the database gets where nobody said: half of the memory, since the night shares its machine, and at least 512MB. */
export function largestMemoryLimit(totalBytes: number): string {
  return toSize(totalBytes / 2e6);
}

/**
 * What a build begins with where nobody said: 200MB, and 150MB more for each 100,000 parcels. The database keeps in memory whatever it is
 * allowed to; what a build has to have is less.
 */
export function firstBuildMemoryBytes(parcels: number): number {
  return 200e6 + 1500 * parcels;
}

/** What whoever only reads may take where nobody said: a quarter of the memory. */
export function readingMemoryLimit(totalBytes: number): string {
  return `${Math.max(256, Math.floor(totalBytes / 4e6))}MB`;
}

/** What it gets at first for all else: 800MB, which does for a build of a million parcels, and 1GB more for each million beyond. */
export function defaultMemoryLimit(totalBytes: number, parcels = 0): string {
  return toSize(Math.min(totalBytes / 2e6, 800 + Math.max(0, parcels - 1e6) / 1000));
}

const parcelsAThread = 250_000;

/**
 * How many threads the database gets where nobody said: one, and one more for each 250,000 parcels, at most one a core. With few rows a
 * second thread costs a quarter more CPU: each fills hash tables of its own, and waits for the other at every step.
 */
export function defaultThreads(cores: number, parcels: number): number {
  return Math.min(cores, 1 + Math.floor(parcels / parcelsAThread));
}
