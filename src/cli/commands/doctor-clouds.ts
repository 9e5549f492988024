import { CLOUDS, type CloudManifest } from '../../clouds/index.ts';
import { asGpuError, messageOf } from '../../core/errors.ts';
import type { CloudId } from '../../core/ref.ts';
import { counted, usd } from '../../core/text.ts';
import { toolContext } from '../../engine/context.ts';
import { permanentFault } from '../../outbound/errors.ts';
import { titleOf } from '../person-config.ts';
import {
  bad,
  type Check,
  type CheckResult,
  type DoctorDeps,
  good,
  isSandbox,
  keyStateOf,
  skipped,
} from './doctor-check.ts';

/** Max differences in the report; the log has all. */
const MAX_NOTES = 5;

/** $1,228.56 */
const CENTS = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });

/** Max difference of the clocks, seconds: above it leases, confirmations and signed tokens expire at the wrong time (our choice). */
const SKEW_LIMIT_SECONDS = 30;

const keyCheck = ({ id, title, settings, dashboard }: CloudManifest): Check => ({
  id: `key_${id}`,
  run: (deps) => {
    if (isSandbox(deps)) return skipped(`${title} key: not needed in the sandbox`);
    const state = keyStateOf(deps, id);
    const variable = settings.key;
    if (state.kind === 'bad')
      return bad(
        `${title} key: ${state.problem}`,
        `Set ${variable} again in the environment of the client, or install with --keys file.`,
      );
    if (state.kind === 'ok')
      return good(`${title} key: from ${state.source}, ${state.key.length} characters, well-formed`);
    const otherIsSet = CLOUDS.some((cloud) => cloud.id !== id && keyStateOf(deps, cloud.id).kind !== 'none');
    return otherIsSet
      ? skipped(`${title} key: not set, so its tools do not exist`)
      : bad(
          `${title} key: not set`,
          `Set ${variable} (or ${variable}_FILE) to a key from ${dashboard.words}, ${dashboard.url}. One cloud is enough; with --sandbox none is needed.`,
        );
  },
});

const usable = (deps: DoctorDeps, id: CloudId): boolean =>
  !isSandbox(deps) && keyStateOf(deps, id).kind === 'ok';

const TRUST =
  'If a company proxy or a private authority signs the certificates here, set NODE_EXTRA_CA_CERTS to a file with its certificate.';

const reachCheck = ({ id, title, settings }: CloudManifest): Check => ({
  id: `reach_${id}`,
  run: async (deps) => {
    const state = keyStateOf(deps, id);
    if (!usable(deps, id) || state.kind !== 'ok') return skipped(`${title} address: not used`);
    const { api = '' } = state.urls;
    const { host } = new URL(api);
    const check = `Check network, proxy and ${settings.urls.api.variable} (${api}).`;
    try {
      const { status } = await deps.probe(id);
      return status < 500
        ? good(`${title} answers at ${host} (HTTP ${status} without a key)`)
        : bad(`${title} is in trouble: ${host} answers HTTP ${status}`, 'Try again later.');
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return bad(
        `${title} cannot be reached at ${host} (${messageOf(cause)})`,
        permanentFault(error) === 'certificate' ? TRUST : check,
      );
    }
  },
});

/** False if the cloud did not answer at all: further requests, with retries, would only take long. */
const reachable = async (deps: DoctorDeps, id: CloudId): Promise<boolean> =>
  isSandbox(deps) ||
  (await deps.probe(id).then(
    () => true,
    () => false,
  ));

/** Why a key was not tried. */
export const UNTRIED = { keyless: 'no usable key', unreachable: 'out of reach' };

const acceptCheck = ({ id, title, settings, dashboard }: CloudManifest): Check => ({
  id: `accepted_${id}`,
  run: async (deps) => {
    const { runtime } = deps;
    if (runtime === null || !runtime.clouds.ids.includes(id))
      return skipped(`${title} key accepted: not tried, ${UNTRIED.keyless}`);
    if (!(await reachable(deps, id)))
      return skipped(`${title} key accepted: not tried, ${UNTRIED.unreachable}`);
    try {
      const pods = await runtime.clouds.get(id).pods.list({ signal: deps.signal, fresh: true });
      const read = `read ${counted(pods.length, 'pod')}`;
      return good(
        isSandbox(deps)
          ? `${title} is simulated and answers (${read})`
          : `${title} accepts the key (${read})`,
      );
    } catch (error) {
      const { code, message } = asGpuError(error);
      const refused = code === 'unauthorized' || code === 'forbidden';
      return bad(
        refused ? `${title} refuses the key (${code})` : `${title} did not list pods: ${message}`,
        refused
          ? `Make a new key in ${dashboard.words}, ${dashboard.url}, and set ${settings.key}.`
          : 'Try again; if it stays, see its status page.',
      );
    }
  },
});

/** How a cloud's replies differ from its documents. No fault of the user, but it may explain odd results. */
const driftCheck = ({ id, title }: CloudManifest): Check => ({
  id: `drift_${id}`,
  run: async (deps) => {
    const { runtime, signal } = deps;
    if (runtime === null || !runtime.clouds.ids.includes(id) || !(await reachable(deps, id)))
      return skipped(`${title} replies: not read`);
    const cloud = runtime.clouds.get(id);
    const reads = [cloud.machines.list({ signal }), cloud.pods.list({ signal })];
    const failed = (await Promise.allSettled<unknown>(reads)).filter(({ status }) => status === 'rejected');
    const notes = cloud.drift?.() ?? [];
    if (notes.length > 0)
      return skipped(`${title} replies differ from its documents: ${notes.slice(0, MAX_NOTES).join('; ')}`);
    return failed.length > 0
      ? skipped(`${title} replies: not all could be read`)
      : good(`${title} replies are as documented`);
  },
});

async function clock(deps: DoctorDeps): Promise<CheckResult> {
  const asked = CLOUDS.filter(({ id }) => usable(deps, id));
  const probes = await Promise.all(asked.map(({ id }) => deps.probe(id).catch(() => null)));
  const skews = probes.flatMap((probe) =>
    probe === null || probe.cloudTime === null ? [] : [Math.round((probe.ourTime - probe.cloudTime) / 1000)],
  );
  const [first] = skews;
  if (first === undefined) return skipped('Clock: no cloud reported the time');
  const worst = skews.reduce((max, skew) => (Math.abs(skew) > Math.abs(max) ? skew : max), first);
  const size = Math.abs(worst);
  if (size <= SKEW_LIMIT_SECONDS) return good(`Clock agrees with the clouds (${size} s apart)`);
  return bad(
    `Clock is ${size} s ${worst > 0 ? 'ahead of' : 'behind'} the clouds`,
    'Switch on automatic time, e.g. timedatectl set-ntp true.',
  );
}

async function budget(deps: DoctorDeps): Promise<CheckResult> {
  const { runtime, signal } = deps;
  if (runtime === null) return skipped('Budget: not known without a usable key');
  const answers = await Promise.all(runtime.clouds.ids.map((id) => reachable(deps, id)));
  if (answers.includes(false)) return skipped('Budget: not known while a cloud is out of reach');
  const spend = await toolContext(runtime, { signal }).spending.report();
  const burning = spend.usd_per_hour === null ? 'an unknown rate' : `$${usd(spend.usd_per_hour)}/h`;
  const parts = [`burning ${burning} of $${usd(spend.caps.max_usd_per_hour)}/h`];
  for (const { cloud, balance_usd, balance_text, requests } of spend.clouds) {
    const title = titleOf(cloud);
    if (balance_usd !== null) parts.push(`${title} balance ${CENTS.format(balance_usd)}`);
    else if (balance_text !== null) parts.push(`${title} balance $${balance_text}`);
    if (requests !== null)
      parts.push(`${requests.remaining} of ${requests.limit} requests to ${title} left this hour`);
  }
  const line = `Budget: ${parts.join('; ')}`;
  if (spend.errors.length > 0)
    return bad(
      `${line} (not all of it could be read)`,
      [...new Set(spend.errors.map(({ message }) => message))].join(' '),
    );
  if (spend.headroom_usd_per_hour !== null && spend.headroom_usd_per_hour <= 0)
    return bad(line, 'Release a pod, or raise GPU_MCP_MAX_USD_PER_HOUR.');
  const broke = spend.clouds.find(({ balance_usd }) => balance_usd !== null && balance_usd <= 0);
  return broke === undefined ? good(line) : bad(line, `Top up the account at ${titleOf(broke.cloud)}.`);
}

/** The checks that use the clouds. They only read. */
export const CLOUD_CHECKS: readonly Check[] = [
  ...CLOUDS.map(keyCheck),
  ...CLOUDS.map(reachCheck),
  { id: 'clock', run: clock },
  ...CLOUDS.map(acceptCheck),
  ...CLOUDS.map(driftCheck),
  { id: 'budget', run: budget },
];
