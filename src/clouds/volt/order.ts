import type { CreateOrder } from '../../core/cloud.ts';
import type { Machine, SshKey, Template } from '../../core/model.ts';
import { alternativesTo, describeAlternatives, type RefusedMachine, times } from '../../core/offer.ts';
import { formatRef } from '../../core/ref.ts';
import type { CreatePodRequest } from '../../core/requests.ts';
import { clean, quote } from '../../core/text.ts';
import { missing, type Problem, problemIf, surplus } from '../shared.ts';
import { fail, refuseProblems } from './errors.ts';
import { CREATE_NOTES, LIUM, LOGIN_GUESS, NO_SSH_KEY_NOTE, ORDER, STOCK_UNKNOWN, WORST } from './notes.ts';
import {
  cheapestMatching,
  familyOf,
  knownPrice,
  LIST_MACHINES,
  priceOf,
  targonOrder,
  targonProblems,
} from './order-targon.ts';

/**
 * The data that an order is checked against: the offers, and the account's templates and keys. Null = not read, because the order
 * names none or the API key has no scope for them.
 */
interface Market {
  machines: readonly Machine[];
  /** Machines of other clouds that were just read. */
  others: readonly Machine[];
  templates: readonly Template[] | null;
  keys: readonly SshKey[] | null;
}

/** Alternatives to a machine, as one sentence. */
const nameAlternatives = (of: RefusedMachine, gpus: number, { machines, others }: Market): string =>
  describeAlternatives(alternativesTo(of, gpus, [...machines, ...others]));

const LIUM_TOOLS = { machine: LIST_MACHINES, template: 'list_templates' };

/** `resource_name` makes an order one for a Targon pod, and so does the machine (Pods API, POST /pods). */
const isTargon = (request: CreatePodRequest, machine: Machine | null): boolean =>
  request.resource_name !== null || machine?.provider?.toLowerCase() === 'targon';

const machineProblems = (request: CreatePodRequest, machine: Machine | null, market: Market): Problem[] =>
  request.machine_id === null || machine !== null
    ? []
    : [
        {
          field: 'machine',
          why: ORDER.not_offered(nameAlternatives(null, request.gpu_count ?? 1, market)),
          tool: LIST_MACHINES,
        },
      ];

/** Templates and keys that the account does not have: the order would fail after a person agreed to it. */
function absentProblems(
  { template_id, ssh_key_ids }: CreatePodRequest,
  { templates, keys }: Market,
): Problem[] {
  const lacksTemplate =
    template_id !== null && !(templates ?? [{ id: template_id }]).some(({ id }) => id === template_id);
  const absent = ssh_key_ids.filter((id) => keys !== null && !keys.some((key) => key.id === id));
  return [
    ...problemIf(lacksTemplate, 'template', 'the account has no such template', LIUM_TOOLS.template),
    ...absent.map((id) => ({
      field: 'ssh_keys',
      why: `the account has no key ${quote(id)}`,
      tool: 'list_ssh_keys',
    })),
  ];
}

function liumProblems(request: CreatePodRequest, machine: Machine | null, market: Market): Problem[] {
  const count = request.gpu_count ?? 1;
  const free = machine?.gpu_count_available ?? 0;
  return [
    ...missing({ machine: request.machine_id }, 'needed', LIUM_TOOLS),
    ...machineProblems(request, machine, market),
    ...missing({ template: request.template_id }, 'needed for a Lium pod', LIUM_TOOLS),
    ...absentProblems(request, market),
    ...surplus({ image: request.image }, LIUM.no_image),
    ...(free > 0 && count > free
      ? [
          {
            field: 'gpu_count',
            why: LIUM.few_free(free, nameAlternatives(machine, count, market)),
            tool: LIST_MACHINES,
          },
        ]
      : []),
    ...problemIf(
      machine !== null && knownPrice(machine.price_per_gpu_hour_usd) === null,
      'machine',
      'has no price per GPU at present',
      LIST_MACHINES,
    ),
  ];
}

/** The body of a Lium order, its keys in the documented order; fields that are not given are left out. */
const liumBody = (request: CreatePodRequest, count: number): Record<string, unknown> => ({
  machine_id: request.machine_id,
  name: request.name,
  template_id: request.template_id,
  ...(request.ssh_key_ids.length > 0 && { ssh_key_ids: request.ssh_key_ids }),
  gpu_count: count,
  ...(request.volume_gb !== null && { volume_size_gb: request.volume_gb }),
});

/** A template or key as a plan shows it: its name and its ref. */
const named = (
  kind: 'template' | 'ssh_key',
  id: string,
  things: readonly (Template | SshKey)[] | null,
): string => {
  const name = things?.find((thing) => thing.id === id)?.name ?? null;
  const ref = formatRef('volt', kind, clean(id, 120));
  return name === null ? ref : `${quote(name)} (${ref})`;
};

function liumOrder(request: CreatePodRequest, machine: Machine, price: number, market: Market): CreateOrder {
  const count = request.gpu_count ?? 1;
  const total = times(price, count);
  const gpu = machine.gpu_model ?? LIUM.unknown_gpu;
  const keys = request.ssh_key_ids.map((id) => named('ssh_key', id, market.keys)).join(', ');
  const template = request.template_id ?? '';
  const image = market.templates?.find(({ id }) => id === template)?.image ?? null;
  return {
    body: liumBody(request, count),
    summary: `${LIUM.what(count, clean(gpu, 60))}${ORDER.place(machine.region)} (Volt, ${clean(machine.provider ?? 'lium', 30)})`,
    what: LIUM.what(count, clean(gpu, 30)),
    worst: keys === '' ? WORST.no_key : WORST.billed,
    cost: {
      usd_per_hour: total,
      usd_upfront: 0,
      usd_upfront_max: 0,
      basis: LIUM.basis(price, count, total),
      quoted_at: machine.quoted_at_utc,
    },
    effects: [
      LIUM.runs(image, named('template', template, market.templates)),
      ...(keys === '' ? [] : [LIUM.keys(keys)]),
      ...(request.volume_gb === null ? [] : [LIUM.volume(request.volume_gb)]),
    ],
    consequences: [...CREATE_NOTES, keys === '' ? NO_SSH_KEY_NOTE : LOGIN_GUESS],
    facts: { image },
    expects: {
      gpu_models: machine.gpu_model === null ? [] : [machine.gpu_model],
      gpu_count: count,
      usd_per_hour: [total, price],
    },
  };
}

/** @throws GpuError `wrong_state` naming other machines, if no GPU of this one is free. */
function refuseSoldOut(machine: Machine, market: Market, count: number): void {
  if (machine.gpu_count_available !== 0) return;
  throw fail('wrong_state', ORDER.sold_out(machine.id), {
    hint: nameAlternatives(machine, count, market),
    retryable: true,
  });
}

/**
 * Checks an order against the market as just read, and prices it. Required for Lium are machine, name and template,
 * for Targon everything its example shows: the documents mark nothing as optional, so this is our reading.
 * @throws GpuError `invalid_input` naming every field at once, `wrong_state` if the machine is sold out.
 */
export function checkOrder(request: CreatePodRequest, market: Market): CreateOrder {
  const { machines } = market;
  const machine =
    request.machine_id === null
      ? cheapestMatching(request.resource_name, machines)
      : (machines.find(({ id }) => id === request.machine_id) ?? null);
  const targon = isTargon(request, machine);
  const ofFamily = () => nameAlternatives({ gpu_model: familyOf(request.resource_name ?? '') }, 1, market);
  const problems = targon
    ? [...targonProblems(request, machine, ofFamily), ...machineProblems(request, machine, market)]
    : liumProblems(request, machine, market);
  refuseProblems(problems, ORDER.refused);
  const price = machine === null ? null : priceOf(machine);
  if (machine === null || price === null) {
    throw fail('invalid_input', ORDER.no_price, {
      hint: ORDER.no_price_next,
    });
  }
  refuseSoldOut(machine, market, request.gpu_count ?? 1);
  const order = targon ? targonOrder(request, machine, price) : liumOrder(request, machine, price, market);
  return machine.gpu_count_available === null
    ? {
        ...order,
        consequences: [...order.consequences, STOCK_UNKNOWN],
      }
    : order;
}
