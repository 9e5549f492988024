import type { Machine } from '../../core/model.ts';
import { isFree, offerOf, type WantedGpus } from '../../core/offer.ts';
import { gpuWords, isGpu, isInRegion, modelName, regionWords, sameGpu } from '../../core/search-words.ts';
import { clean, counted, quote, usd } from '../../core/text.ts';

/** The filters of a search. */
interface Search extends WantedGpus {
  gpu?: string | undefined;
  region?: string | undefined;
  min_gpu_memory_gb?: number | undefined;
  max_usd_per_gpu_hour?: number | undefined;
  max_usd_per_hour?: number | undefined;
}

/** Max. models or regions in one sentence. */
const MAX_NAMED = 24;

/** Groups machines under a name, each with its lowest price for the wanted GPUs, cheapest first. */
function cheapestOf(
  machines: readonly Machine[],
  wanted: WantedGpus,
  nameOf: (machine: Machine) => string | null,
  isSame: (a: string, b: string) => boolean,
): string {
  const groups: { name: string; price: number | null }[] = [];
  for (const machine of machines) {
    const name = nameOf(machine);
    const offer = offerOf(machine, wanted);
    if (name === null || offer === null || !isFree(machine, offer)) continue;
    const known = groups.find((group) => isSame(group.name, name));
    const price = offer.usd_per_hour;
    if (known === undefined) groups.push({ name, price });
    else if (price !== null && (known.price === null || price < known.price)) known.price = price;
  }
  const shown = groups
    .sort((a, b) => (a.price ?? Number.MAX_VALUE) - (b.price ?? Number.MAX_VALUE))
    .slice(0, MAX_NAMED)
    .map(({ name, price }) => `${name} ${price === null ? '(price unknown)' : `$${usd(price)}/h`}`);
  return shown.join(', ') || 'none';
}

const modelOf = ({ gpu_model }: Machine) => (gpu_model === null ? null : clean(modelName(gpu_model), 40));
const regionOf = ({ region }: Machine) => (region === null ? null : clean(region, 40));
const sameRegion = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** The text if no machine fits: the models and regions on offer, with the lowest prices for the wanted GPUs. */
export function noMachine(machines: readonly Machine[], search: Search): string {
  const { gpu, region, gpus, min_gpus } = search;
  const count = gpus ?? min_gpus;
  const per =
    count === undefined
      ? 'lowest price'
      : `lowest price of ${counted(count, 'GPU')}${gpus === undefined ? ' or more' : ''}`;
  const ofGpu = gpu === undefined ? machines : machines.filter((one) => isGpu(gpuWords(gpu), one));
  const inRegion =
    region === undefined ? machines : machines.filter((one) => isInRegion(regionWords(region), one.region));
  const lines: string[] = ['No machine fits.'];
  if (gpu !== undefined && ofGpu.length === 0) lines.push(`No GPU here is called ${quote(gpu)}.`);
  if (region !== undefined && inRegion.length === 0) lines.push(`No region here is called ${quote(region)}.`);
  const among = inRegion.length === 0 ? machines : inRegion;
  const inWhich = region !== undefined && inRegion.length > 0 ? ` in ${quote(region)}` : '';
  const what = gpu !== undefined && ofGpu.length > 0 ? ` with ${quote(gpu)}` : '';
  lines.push(
    `Models free now${inWhich} (${per}): ${cheapestOf(among, search, modelOf, sameGpu)}.`,
    `Regions${what}: ${cheapestOf(ofGpu.length === 0 ? machines : ofGpu, search, regionOf, sameRegion)}.`,
    'Drop or change a filter; available_only=false shows what is sold out, too.',
  );
  return lines.join(' ');
}

/** True if a machine that could be ordered is left out because its price is not known and a limit is given. */
function isUnpriced(machine: Machine, search: Search): boolean {
  const { max_usd_per_gpu_hour: perGpu, max_usd_per_hour: whole } = search;
  const offer = offerOf(machine, search);
  if (offer === null || !isFree(machine, offer)) return false;
  return (
    (perGpu !== undefined && machine.price_per_gpu_hour_usd === null) ||
    (whole !== undefined && offer.usd_per_hour === null)
  );
}

/** The numbers of machines that were left out because a value is not known; null if none was. */
export function leftOut(machines: readonly Machine[], search: Search): string | null {
  const { gpu, region, gpus, min_gpu_memory_gb: memory } = search;
  const named = machines.filter(
    (one) =>
      one.is_available &&
      (gpu === undefined || isGpu(gpuWords(gpu), one)) &&
      (region === undefined || isInRegion(regionWords(region), one.region)),
  );
  const unknownMemory = memory === undefined ? 0 : named.filter((one) => one.gpu_memory_gb === null).length;
  const sizes = gpus === undefined || gpus === 1 ? 0 : named.filter((one) => one.sold_by === 'size').length;
  const unpriced = named.filter((one) => isUnpriced(one, search)).length;
  const lines = [
    ...(unpriced === 0 ? [] : [`${counted(unpriced, 'machine')} of unknown price left out.`]),
    ...(unknownMemory === 0 ? [] : [`${counted(unknownMemory, 'machine')} of unknown GPU memory left out.`]),
    ...(sizes === 0
      ? []
      : [`${counted(sizes, 'machine')} sold by size left out: how many GPUs a size has is not documented.`]),
  ];
  return lines.length === 0 ? null : lines.join(' ');
}
