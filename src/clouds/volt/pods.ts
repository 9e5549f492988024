import type { ActionReply, Cloud, Io, PodOps, PodRate, SshKeyOps, TemplateOps } from '../../core/cloud.ts';
import { isCode } from '../../core/errors.ts';
import { type Machine, type Pod, podSchema } from '../../core/model.ts';
import { times } from '../../core/offer.ts';
import type { PodChange } from '../../core/requests.ts';
import { type ActionWire, ENDPOINTS, toReply } from './endpoints.ts';
import { incomplete, notFound, withNotFound, withState, wrongId } from './errors.ts';
import { priceDoubt, toPod } from './map.ts';
import {
  BILLED_WHEN_RUNNING,
  CHECK_AFTER_STOP,
  DELETED_VOLUMES,
  FROM_LIST,
  MAY_BILL_NOTE,
  POD_NOTES,
  RATE,
  READINGS,
  STOPPED_NOTE,
} from './notes.ts';
import { checkOrder } from './order.ts';
import { RESOURCE_NAMES } from './order-targon.ts';
import type { VoltRequest } from './reading.ts';
import { podState } from './states.ts';

/** A figure up to so many times one GPU's present price is read as a price per GPU (our choice). */
const MARGIN = 1.6;
const isFreeOfCharge = (pod: Pod): boolean => pod.state === 'stopped' || pod.state === 'deleted';

/** True if the reported price may be for the pod or for each of its GPUs. */
const isAmbiguous = (pod: Pod): boolean =>
  !isFreeOfCharge(pod) && pod.hourly_cost_usd !== null && pod.hourly_cost_usd > 0 && (pod.gpu_count ?? 0) > 1;

const isSameModel = (a: string | null, b: string | null): boolean =>
  a !== null && b !== null && a.trim().toLowerCase() === b.trim().toLowerCase();

/** The highest present price of one GPU of this kind, null if none is on offer. */
function gpuPrice(pod: Pod, machines: readonly Machine[]): number | null {
  const prices = machines
    .filter((machine) => isSameModel(machine.gpu_model, pod.gpu_model))
    .flatMap((machine) => machine.price_per_gpu_hour_usd ?? []);
  return prices.length === 0 ? null : Math.max(...prices);
}

/**
 * The price of one pod an hour. `cost_per_hour` of a pod with several GPUs may be for the pod or for each GPU: the documents
 * show single-GPU pods only (Volt API Reference, Pods API). It is read as the pod's if it is more than 60 % above
 * the highest present price of one such GPU and nearer (by ratio) to the whole pod's price than to one GPU's;
 * otherwise `usd_per_hour_max` is the figure times the GPUs.
 */
function rateOf(pod: Pod, machines: readonly Machine[]): PodRate {
  const reported = pod.hourly_cost_usd;
  const rate = (low: number | null, high: number | null, note: string | null): PodRate => ({
    ref: pod.ref,
    usd_per_hour: low,
    usd_per_hour_max: high,
    note,
  });
  if (isFreeOfCharge(pod)) return rate(0, 0, pod.state === 'stopped' ? STOPPED_NOTE : null);
  if (reported === null) return rate(null, null, RATE.no_price);
  const doubt = pod.state === 'failed' || pod.state === 'unknown' ? MAY_BILL_NOTE : null;
  if (pod.gpu_count === null) {
    const note = RATE.no_count(reported);
    return rate(reported, null, doubt === null ? note : `${note} ${doubt}`);
  }
  if (!isAmbiguous(pod)) return rate(reported, reported, doubt);
  const single = gpuPrice(pod, machines);
  const bound = single === null ? null : single * Math.max(MARGIN, Math.sqrt(pod.gpu_count));
  if (bound !== null && reported > bound) return rate(reported, reported, doubt);
  const high = times(reported, pod.gpu_count);
  const both = RATE.ambiguous(reported, pod.gpu_count, high, single);
  return rate(reported, high, doubt === null ? both : `${both} ${doubt}`);
}

/** The rates of many pods; machines are read only if a price is ambiguous; if that reading fails, the prices stay ambiguous. */
async function readRates(machines: Cloud['machines'], io: Io, pods: readonly Pod[]): Promise<PodRate[]> {
  if (!pods.some(isAmbiguous)) return pods.map((pod) => rateOf(pod, []));
  try {
    const offers = await machines.list(io);
    return pods.map((pod) => rateOf(pod, offers));
  } catch (error) {
    if (isCode(error, 'cancelled')) throw error;
    return pods.map((pod) => rateOf(pod, []));
  }
}

/** The body of an update; of its fields the reference shows `name` and `ssh_key_ids`. */
const updateBody = ({ name, ssh_key_ids, volume_gb }: PodChange) => ({
  name,
  ssh_key_ids,
  volume_size_gb: volume_gb,
});

const known = (pod: Pod): Partial<Pod> =>
  Object.fromEntries(Object.entries(pod).filter(([, value]) => value !== null));

/**
 * A pod with the fields that its detail leaves out, taken from the list: newer versions of Volt answer a request for one
 * pod with little more than its state. A field of the detail takes precedence. If the list cannot be read or lacks the
 * pod, the pod stays as it is.
 */
async function completed(io: Io, pod: Pod, list: (io: Io) => Promise<readonly Pod[]>): Promise<Pod> {
  try {
    const row = (await list(io)).find(({ id }) => id === pod.id);
    if (row === undefined) return pod;
    const login = pod.state === 'running' ? {} : { ssh_command: null };
    return podSchema.parse({
      ...row,
      ...login,
      ...known(pod),
      raw_state: pod.raw_state,
      warnings: [...new Set([...pod.warnings, ...row.warnings, FROM_LIST])],
    });
  } catch (error) {
    if (isCode(error, 'cancelled') || io.signal.aborted) throw error;
    return pod;
  }
}

/** The lists that an order refers to. */
interface Account {
  machines: Cloud['machines'];
  templates: Pick<TemplateOps, 'list'>;
  sshKeys: Pick<SshKeyOps, 'list'>;
}

/** The list, or null if the API key has no scope for it: a key for pods alone can rent all the same. */
async function ifAllowed<T>(list: Promise<T>): Promise<T | null> {
  try {
    return await list;
  } catch (error) {
    if (!isCode(error, 'forbidden')) throw error;
    return null;
  }
}

/** The pods of a Volt account (Volt API Reference, Pods API). */
export function voltPods(request: VoltRequest, account: Account): PodOps {
  const list = async (io: Io): Promise<Pod[]> => {
    const listed = await request(ENDPOINTS.listPods, io);
    const note = incomplete(io, listed, 'pod');
    const pods = listed.rows.flatMap((row) => toPod(row) ?? []).filter(({ state }) => state !== 'deleted');
    return note === null ? pods : pods.map((pod) => ({ ...pod, warnings: [note, ...pod.warnings] }));
  };

  const read = async (io: Io, id: string, listed?: Pod): Promise<Pod> => {
    const found = await withNotFound('pod', id, request(ENDPOINTS.getPod, io, { params: { id } }));
    if (found.id !== null && found.id !== id) throw wrongId('pod', id, found.id);
    const pod = toPod(found, id);
    if (pod === null || pod.state === 'deleted') throw notFound('pod', id, READINGS.deleted);
    const rows = listed === undefined ? list : async () => [listed];
    return pod.hourly_cost_usd === null ? completed(io, pod, rows) : pod;
  };

  /** Runs a call about one pod; `byState` if a refusal can be due to the pod's state. */
  const about = async (
    io: Io,
    id: string,
    byState: boolean,
    call: Promise<ActionWire>,
    notes: readonly string[],
  ): Promise<ActionReply> => {
    try {
      const reply = toReply(await withNotFound('pod', id, call), notes);
      const state = podState(reply.raw_state);
      return state === 'unknown' ? reply : { ...reply, state };
    } catch (error) {
      throw byState ? await withState(error, () => read({ ...io, fresh: true }, id), READINGS) : error;
    }
  };

  const act = (io: Io, id: string, action: 'startPod' | 'stopPod' | 'deletePod', notes: string[]) =>
    about(io, id, true, request(ENDPOINTS[action], io, { params: { id } }), notes);

  return {
    list,
    get: read,
    priceDoubt,
    rates: (io, pods) => readRates(account.machines, io, pods),
    async prepareCreate(io, order, others = [], agreed = null) {
      const fresh = { ...io, fresh: true };
      const isNamed = order.machine_id !== null || order.resource_name !== null;
      const [offers, templates, keys] = await Promise.all([
        isNamed ? account.machines.list(fresh) : [],
        order.template_id === null ? null : ifAllowed(account.templates.list(fresh)),
        agreed !== null || order.ssh_key_ids.length === 0 ? null : ifAllowed(account.sshKeys.list(fresh)),
      ]);
      return checkOrder(order, { machines: offers, others, templates, keys });
    },
    async create(io, order) {
      return toPod(await request(ENDPOINTS.createPod, io, { body: order.body }));
    },
    start: (io, id) => act(io, id, 'startPod', [BILLED_WHEN_RUNNING]),
    stop: (io, id) => act(io, id, 'stopPod', [CHECK_AFTER_STOP]),
    async update(io, id, change) {
      const call = request(ENDPOINTS.updatePod, io, { params: { id }, body: updateBody(change) });
      return about(io, id, change.volume_gb !== undefined, call, []);
    },
    delete: (io, id) => act(io, id, 'deletePod', [DELETED_VOLUMES]),
    notes: POD_NOTES,
    has_volumes: true,
    resource_names: RESOURCE_NAMES,
  };
}
