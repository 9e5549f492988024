import { modelName, sameGpu } from './gpu-names.ts';
import type { Machine } from './model.ts';
import { isFree, type Offer, offerOf } from './offer.ts';
import { clean, usd } from './text.ts';

/** How many are named. */
const MOST = 3;

/** A machine of the same model, whatever its memory and form. */
const isOfModel = (refused: Machine, { gpu_model }: Machine): boolean =>
  sameGpu(modelName(refused.gpu_model ?? ''), modelName(gpu_model ?? ''));

const shown = ({ ref, gpu_model, region }: Machine, { gpus, usd_per_hour }: Offer): string =>
  `${ref} (${gpus ?? '?'} x ${clean(gpu_model ?? 'unknown GPU', 60)}${region === null ? '' : `, ${clean(region, 60)}`}, $${usd(usd_per_hour)}/h)`;

/**
 * Machines that can be ordered instead, by a list that was just read: with exactly `gpus` GPUs of the same model as
 * `refused` (of any model, if that machine is not listed any more), cheapest first. One sentence.
 */
export function alternatives(machines: readonly Machine[], refused: Machine | null, gpus: number): string {
  const others = machines
    .filter(({ ref }) => ref !== refused?.ref)
    .filter((machine) => refused === null || isOfModel(refused, machine))
    .flatMap((machine) => {
      const offer = offerOf(machine, { gpus });
      if (offer === null || offer.usd_per_hour === null || !isFree(machine, offer)) return [];
      return [{ price: offer.usd_per_hour, text: shown(machine, offer) }];
    })
    .sort((a, b) => a.price - b.price);
  const what = `${gpus} x ${refused?.gpu_model == null ? 'any GPU' : clean(refused.gpu_model, 60)}`;
  if (others.length === 0)
    return `No other machine of this cloud has ${what} free now; list_machines shows more.`;
  const named = others.slice(0, MOST).map(({ text }) => text);
  return `Free now instead: ${named.join('; ')}.`;
}
