import * as z from 'zod';

/**
 * A point in time that another process, also after a restart of the computer, can compare with its own clocks.
 * Milliseconds; `mono` never jumps and counts from the start of the computer `boot`.
 */
export const momentSchema = z.object({ boot: z.string(), mono: z.number(), wall: z.number() });
export type Moment = z.infer<typeof momentSchema>;
