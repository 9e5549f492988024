import type { ActionReply, Io, PodOps, PodRate } from '../../core/cloud.ts';
import { isCode } from '../../core/errors.ts';
import type { Pod } from '../../core/model.ts';
import type { Endpoint, Request } from '../../outbound/send.ts';
import { computing } from './endpoints.ts';
import { withLogin } from './login.ts';
import { toPod } from './map.ts';
import { POD_NOTES, RATE_NOTE } from './notes.ts';
import { prepareOrder } from './order.ts';
import { allRows } from './pages.ts';
import { lookingFor, refuse } from './refuse.ts';

/** Sends an action on one thing and returns the cloud's words; no action of Nebula Block names a state. */
export async function act(
  request: Request,
  endpoint: Endpoint<{ message: string | null }>,
  io: Io,
  id: string,
): Promise<ActionReply> {
  const { message } = await request(endpoint, io, { params: { id } });
  return { message, raw_state: null, notes: [] };
}

/** Price and ephemeral disk stand only in the list, so one detail costs a second read. */
async function withListed(request: Request, io: Io, pod: Pod): Promise<Pod> {
  const missing = (why: string): Pod => ({
    ...pod,
    warnings: [...pod.warnings, `hourly_cost_usd is unknown: the detail has no price, and ${why}.`],
  });
  try {
    const row = (await allRows(request, computing.instances, io)).find(({ id }) => id === pod.id);
    if (row === undefined) return missing('the list of live instances does not have this one');
    return {
      ...pod,
      hourly_cost_usd: pod.hourly_cost_usd ?? row.price_per_hour,
      ephemeral_disk_gb: pod.ephemeral_disk_gb ?? row.ephemeral,
    };
  } catch (error) {
    if (isCode(error, 'cancelled') || io.signal.aborted) throw error;
    return missing('the list could not be read');
  }
}

async function getPod(request: Request, io: Io, id: string): Promise<Pod> {
  const { rows, is_array } = await request(computing.detail, io, { params: { id } });
  if (rows.length === 0) throw refuse('not_found', 'Nebula knows no instance with this id.');
  const row = rows.find((one) => one.id === id);
  if (row === undefined) {
    throw refuse('unexpected_response', 'Nebula answered with another instance than the one asked for.');
  }
  const pod = withLogin(toPod(row), row.exposed_ports);
  if (!is_array) pod.warnings.push('The cloud sent one object where it documents a list of one.');
  const complete = pod.hourly_cost_usd !== null || pod.state === 'deleted';
  return complete ? pod : withListed(request, io, pod);
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
export function podOps(request: Request, now: () => number): PodOps {
  const onPod = (endpoint: Endpoint<{ message: string | null }>, io: Io, id: string) =>
    lookingFor('pod', id, act(request, endpoint, io, id));
  return {
    list: async (io) =>
      (await allRows(request, computing.instances, io, { whole: io.purpose === 'gate' }))
        .map(toPod)
        .filter(({ state }) => state !== 'deleted'),
    listDeleted: async (io) => (await allRows(request, computing.deleted, io, { cut: true })).map(toPod),
    get: (io, id) => lookingFor('pod', id, getPod(request, io, id)),
    rates: async (_io, pods) => pods.map(rateOf),
    prepareCreate: (io, wanted) => prepareOrder(request, now, io, wanted),
    create: async (io, order) => {
      await request(computing.create, io, { body: order.body });
      return null;
    },
    start: (io, id) => onPod(computing.start, io, id),
    stop: (io, id) => onPod(computing.stop, io, id),
    restart: (io, id) => onPod(computing.reboot, io, id),
    delete: (io, id) => onPod(computing.delete, io, id),
    notes: POD_NOTES,
  };
}
