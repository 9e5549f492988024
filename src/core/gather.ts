import * as z from 'zod';
import type { Cloud, Clouds, Io } from './cloud.ts';
import { type CloudId, cloudIdSchema } from './cloud-id.ts';
import { asGpuError, GpuError } from './errors.ts';

/** A cloud that failed while others answered. */
export const cloudErrorSchema = z.object({ cloud: cloudIdSchema, code: z.string(), message: z.string() });
export type CloudError = z.infer<typeof cloudErrorSchema>;

/**
 * Reads the same list from the named cloud, or from all that can, side by side. One failing cloud is reported in
 * `errors` beside the others' rows. @throws GpuError if all fail, or if the named cloud cannot do it.
 */
export async function gather<T>(
  { clouds, io }: { clouds: Clouds; io: Io },
  named: CloudId | undefined,
  able: (cloud: Cloud) => boolean,
  read: (cloud: Cloud) => Promise<T[]>,
): Promise<{ rows: T[]; errors: CloudError[] }> {
  const asked = named === undefined ? clouds.all().filter(able) : [clouds.get(named)];
  const unable = asked.find((cloud) => !able(cloud));
  if (unable !== undefined || asked.length === 0) {
    throw new GpuError(
      'unsupported',
      `cloud: ${unable?.title ?? 'no configured cloud'} does not offer this.`,
      {
        hint: 'Leave cloud out, or name another one.',
        ...(unable !== undefined && { cloud: unable.id }),
      },
    );
  }
  const parts = await Promise.all(
    asked.map(async (cloud) => {
      try {
        return { cloud: cloud.id, rows: await read(cloud), error: null };
      } catch (error) {
        return { cloud: cloud.id, rows: [], error: asGpuError(error) };
      }
    }),
  );
  io.signal.throwIfAborted();
  const failed = parts.flatMap(({ cloud, error }) => (error === null ? [] : [{ cloud, error }]));
  if (failed[0] !== undefined && failed.length === parts.length) throw failed[0].error;
  return {
    rows: ([] as T[]).concat(...parts.map((part) => part.rows)),
    errors: failed.map(({ cloud, error }) => ({ cloud, code: error.code, message: error.message })),
  };
}

/** The lines that show a model which clouds are missing from a list. */
export const errorLines = (errors: readonly CloudError[] | undefined): string =>
  (errors ?? [])
    .map(({ cloud, code, message }) => `\n! ${cloud} is missing here: ${code}: ${message}`)
    .join('');
