import type { Cloud, CreateOrder } from '../../core/cloud.ts';
import type { ToolContext } from '../../core/context.ts';
import type { Machine } from '../../core/model.ts';
import { type Alternative, alternativesTo } from '../../core/offer.ts';
import type { CreatePodRequest } from '../../core/requests.ts';

/** The machines of the other clouds, as far as they were read within the last minute: nothing is sent for them. */
export async function othersJustRead(ctx: ToolContext, at: Cloud): Promise<Machine[]> {
  const others = ctx.clouds.all().filter(({ id }) => id !== at.id);
  const read = await Promise.allSettled(
    others.map(({ machines }) => machines.list({ ...ctx.io, kept: true })),
  );
  return read.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}

/** Machines that can be rented instead of a checked order, if a limit or its cloud refuses it. */
export async function readAlternatives(
  ctx: ToolContext,
  at: Cloud,
  { machine_id, gpu_count }: CreatePodRequest,
  { expects }: CreateOrder,
  others: readonly Machine[],
): Promise<Alternative[]> {
  // The check of the order has just read them, so nothing is sent.
  const own = await at.machines.list({ ...ctx.io, kept: true }).catch(() => []);
  const machine = own.find(({ id }) => id === machine_id);
  const gpu_model = machine?.gpu_model ?? expects?.gpu_models[0] ?? null;
  const gpus = gpu_count ?? expects?.gpu_count ?? 1;
  return alternativesTo({ ...machine, gpu_model }, gpus, [...own, ...others]);
}
