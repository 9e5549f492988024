import type { ActionReply, Cloud, CreateOrder, Io, PodChange, PodOps } from '../../core/cloud.ts';
import { GpuError, isCode } from '../../core/errors.ts';
import type { Pod } from '../../core/model.ts';
import { quote, usd } from '../../core/text.ts';
import type { Request } from '../../outbound/send.ts';
import { completed } from './complete.ts';
import { ENDPOINTS } from './endpoints.ts';
import { another, gone, lookingFor } from './explain.ts';
import { toPod } from './map.ts';
import { POD_NOTES } from './notes.ts';
import { checkOrder } from './order.ts';
import { RESOURCE_NAMES } from './order-targon.ts';
import { refuseAll } from './problems.ts';
import { readRates } from './rates.ts';
import { toReply } from './reply.ts';
import type { ActionWire, PodWire } from './wire.ts';

const LOOK_AGAIN = 'A stop may end the rental on newer versions of Volt: look at the pod again.';
const NOT_BILLED_YET = 'GPU billing resumes when the pod is running, not before.';
const LOCAL_GONE =
  'The local volume /root is destroyed; external volumes at /mnt are documented as preserved.';
const DUST = 0.00005;

/** The body of an update; of its fields the reference shows `name` and `ssh_key_ids`. */
function updateBody(change: PodChange): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  if (change.name !== undefined) body.name = change.name;
  if (change.ssh_key_ids !== undefined) body.ssh_key_ids = change.ssh_key_ids;
  if (change.volume_gb !== undefined) body.volume_size_gb = change.volume_gb;
  return body;
}

/** The new pod, with a warning where its reported price is above the order's. */
function ordered(reply: PodWire, order: CreateOrder): Pod | null {
  const pod = toPod(reply);
  const quoted = order.cost.usd_per_hour;
  const actual = pod?.hourly_cost_usd ?? null;
  if (pod === null || quoted === null || actual === null || actual <= quoted + DUST) return pod;
  const note = `The cloud reports ${usd(actual)} USD/h, more than the ${usd(quoted)} USD/h that was confirmed; delete the pod if that is too much.`;
  return { ...pod, warnings: [...pod.warnings, note] };
}

/** What an order meets where the list is cut short: the rest may cost money too, and no cap could be checked. */
const incomplete = (missing: number): GpuError =>
  new GpuError(
    'unexpected_response',
    `Volt counts ${missing} more pods than it lists, so what runs is not known.`,
    {
      hint: 'Let the user look at the pods in the console of the cloud, or try again later.',
      cloud: 'volt',
    },
  );

/** The pods of a Volt account (Volt API Reference, Pods API). */
export function voltPods(request: Request, machines: Cloud['machines']): PodOps {
  const list = async (io: Io): Promise<Pod[]> => {
    const { rows, missing } = await request(ENDPOINTS.listPods, io);
    if (missing > 0 && io.purpose === 'gate') throw incomplete(missing);
    return rows.flatMap((row) => toPod(row) ?? []).filter(({ state }) => state !== 'deleted');
  };

  const read = async (io: Io, id: string): Promise<Pod> => {
    const found = await lookingFor('pod', id, request(ENDPOINTS.getPod, io, { params: { id } }));
    if (found.id !== null && found.id !== id) throw another('pod', id, found.id);
    const pod = toPod(found, id);
    if (pod === null || pod.state === 'deleted') throw gone('pod', id);
    return pod.hourly_cost_usd === null ? completed(io, pod, list) : pod;
  };

  /** Volt answers an action that does not fit the pod's state with 400; the state as it is now says more. */
  const inState = async (io: Io, id: string, error: GpuError): Promise<GpuError> => {
    try {
      const pod = await read({ ...io, fresh: true }, id);
      return new GpuError('wrong_state', `${error.message} The pod is now ${quote(pod.raw_state)}.`, {
        hint: 'Call get_pod or wait_for, and act on the state it shows.',
        cloud: 'volt',
        cause: error,
      });
    } catch (reading) {
      return isCode(reading, 'not_found') ? reading : error;
    }
  };

  /** Runs a call about one pod; `byState` where a refusal can be due to the pod's state. */
  const about = async (
    io: Io,
    id: string,
    byState: boolean,
    call: Promise<ActionWire>,
    notes: readonly string[],
  ): Promise<ActionReply> => {
    try {
      return toReply(await lookingFor('pod', id, call), notes);
    } catch (error) {
      throw byState && isCode(error, 'invalid_input', 'wrong_state') ? await inState(io, id, error) : error;
    }
  };

  const act = (io: Io, id: string, action: 'startPod' | 'stopPod' | 'deletePod', notes: string[]) =>
    about(io, id, true, request(ENDPOINTS[action], io, { params: { id } }), notes);

  return {
    list,
    get: read,
    rates: (io, pods) => readRates(machines, io, pods),
    async prepareCreate(io, order) {
      const named = order.machine_id !== null || order.resource_name !== null;
      const offers = !named ? [] : await machines.list({ ...io, fresh: true });
      return checkOrder(order, offers);
    },
    async create(io, order) {
      return ordered(await request(ENDPOINTS.createPod, io, { body: order.body }), order);
    },
    start: (io, id) => act(io, id, 'startPod', [NOT_BILLED_YET]),
    stop: (io, id) => act(io, id, 'stopPod', [LOOK_AGAIN]),
    async update(io, id, change) {
      const body = updateBody(change);
      const nothing = { field: 'name, ssh_keys, volume_gb', why: 'at least one is needed' };
      refuseAll(Object.keys(body).length === 0 ? [nothing] : [], 'There is nothing to change.');
      const call = request(ENDPOINTS.updatePod, io, { params: { id }, body });
      return about(io, id, change.volume_gb !== undefined, call, []);
    },
    delete: (io, id) => act(io, id, 'deletePod', [LOCAL_GONE]),
    notes: POD_NOTES,
    resource_names: RESOURCE_NAMES,
  };
}
