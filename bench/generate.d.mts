/** The clock that the generated parcels were seen at, and that of the night after. */
export const now: Date;
export const nextNight: Date;
/** Bytes written. */
export function writeBodies(path: string, count: number): Promise<number>;
export function writeNight(path: string, bodies: string): Promise<number>;
