import type { Io, PodOps, PodRate } from '../../core/cloud.ts';
import { isCode } from '../../core/errors.ts';
import type { Pod } from '../../core/model.ts';
import { isSafeId } from '../../core/ref.ts';
import { quote } from '../../core/text.ts';
import type { Endpoint, Request } from '../../outbound/send.ts';
import type { Drift } from '../shared.ts';
import { computing, sendAction } from './endpoints.ts';
import { fail, incomplete, withNotFound, wrongId } from './errors.ts';
import { toPod, withLogin } from './map.ts';
import { POD_NOTES, RATE_NOTE, REPLIES, WARNINGS } from './notes.ts';
import { prepareOrder } from './order.ts';
import { allRows, MAX_ROWS } from './pages.ts';

/** What only the list shows of a pod. */
type OnlyListed = Pick<Pod, 'hourly_cost_usd' | 'ephemeral_disk_gb'>;

/** The same out of the list, or why it is not known. */
async function readListed(request: Request, io: Io, id: string): Promise<OnlyListed | string> {
  try {
    const row = (await allRows(request, computing.instances, io)).rows.find((one) => one.id === id);
    if (row === undefined) return REPLIES.not_listed;
    return { hourly_cost_usd: row.price_per_hour, ephemeral_disk_gb: row.ephemeral };
  } catch (error) {
    if (isCode(error, 'cancelled') || io.signal.aborted) throw error;
    return REPLIES.list_unread;
  }
}

async function getPod(request: Request, drift: Drift, io: Io, id: string, listed?: Pod): Promise<Pod> {
  // The list is read at the same time: only the detail shows whether it is needed.
  const lacking = listed ?? (isSafeId(id) ? readListed(request, io, id) : REPLIES.not_listed);
  const [detail] = await Promise.allSettled([request(computing.detail, io, { params: { id } }), lacking]);
  if (detail.status === 'rejected') throw detail.reason;
  const { rows, is_array } = detail.value;
  if (!is_array) drift.note(computing.detail, ['one object instead of a list of one']);
  const [first] = rows;
  if (first === undefined) throw fail('not_found', REPLIES.no_instance);
  const row = rows.find((one) => one.id === id);
  if (row === undefined) throw wrongId('pod', id, first.id);
  const pod = withLogin(toPod(row), row.exposed_ports);
  noteStates(drift, computing.detail, [pod]);
  if (pod.hourly_cost_usd !== null || pod.state === 'deleted') return pod;
  const only = await lacking;
  if (typeof only === 'string') return { ...pod, warnings: [...pod.warnings, WARNINGS.no_price(only)] };
  return {
    ...pod,
    hourly_cost_usd: only.hourly_cost_usd,
    ephemeral_disk_gb: pod.ephemeral_disk_gb ?? only.ephemeral_disk_gb,
  };
}

/** Notes unknown states: what such an instance costs is a guess. */
function noteStates(drift: Drift, endpoint: Endpoint<unknown>, pods: readonly Pod[]): void {
  const unknown = pods.filter(({ state, raw_state }) => state === 'unknown' && raw_state !== null);
  drift.note(
    endpoint,
    unknown.map(({ raw_state }) => `status ${quote(raw_state)} is not a known one`),
  );
}

function rateOf(pod: Pod): PodRate {
  const ended = pod.state === 'deleted';
  const price = ended ? 0 : pod.hourly_cost_usd;
  return {
    ref: pod.ref,
    usd_per_hour: price,
    usd_per_hour_max: price,
    note: ended || pod.state === 'running' ? null : RATE_NOTE,
  };
}

/** The instances of Nebula Block as pods. Start, stop and restart are requests that must not be sent twice. */
export function podOps(request: Request, now: () => number, drift: Drift): PodOps {
  /** The pods of a list; if it is shorter than its total, each says so. */
  const listPods = async (endpoint: typeof computing.instances, io: Io, max?: number): Promise<Pod[]> => {
    const listed = await allRows(request, endpoint, io, max === undefined ? {} : { max });
    const note = incomplete(io, listed, 'pod');
    const pods = listed.rows.map(toPod);
    return note === null ? pods : pods.map((pod) => ({ ...pod, warnings: [note, ...pod.warnings] }));
  };
  const onPod = (endpoint: Endpoint<{ message: string | null }>, io: Io, id: string) =>
    withNotFound('pod', id, sendAction(request, endpoint, io, id));
  return {
    list: async (io) => {
      const pods = await listPods(computing.instances, io);
      noteStates(drift, computing.instances, pods);
      return pods.filter(({ state }) => state !== 'deleted');
    },
    listDeleted: (io) => listPods(computing.deleted, io, MAX_ROWS),
    get: (io, id, listed) => withNotFound('pod', id, getPod(request, drift, io, id, listed)),
    rates: async (_io, pods) => pods.map(rateOf),
    prepareCreate: (io, wanted, others, agreed) => prepareOrder(request, now, io, wanted, others, agreed),
    create: async (io, order) => {
      await request(computing.create, io, { body: order.body });
      return null;
    },
    start: (io, id) => onPod(computing.start, io, id),
    stop: (io, id) => onPod(computing.stop, io, id),
    restart: (io, id) => onPod(computing.reboot, io, id),
    delete: (io, id) => onPod(computing.delete, io, id),
    notes: POD_NOTES,
    has_volumes: false,
  };
}
