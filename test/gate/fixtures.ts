import type { Pod } from '../../src/core/model.ts';
import type { Planned } from '../../src/core/plan.ts';
import type { CloudId } from '../../src/core/ref.ts';
import type { Fleet } from '../../src/core/spend.ts';
import type { Policy } from '../../src/gate/decide.ts';

/** The time of the clock in unit tests of the gate. */
export const NOON = Date.UTC(2026, 2, 28, 12, 0, 0);

/** What a test wants to be different about a plan. */
export interface PlanParts {
  challenge?: string;
  ref?: string | null;
  facts?: Planned['facts'];
  adds?: Partial<Planned['adds']>;
  callerLimits?: Planned['callerLimits'];
}

/** A plan to rent a pod for $0.39 an hour, or what the parts make of it. */
export function planned({
  challenge = '0.39',
  ref = null,
  facts,
  adds,
  callerLimits,
}: PlanParts = {}): Planned {
  const added = { usd_per_hour: 0.39, usd_upfront: 0, pods: 1, ...adds };
  return {
    plan: {
      action: 'create_pod',
      ref,
      summary: 'Rent 1 x RTX 4090 as pod "trainer".',
      effects: ['Rents a pod.'],
      cost: {
        usd_per_hour: added.usd_per_hour,
        usd_upfront: added.usd_upfront,
        usd_upfront_max: added.usd_upfront,
        basis: 'a test',
        quoted_at: new Date(NOON).toISOString(),
      },
      consequences: ['Billing runs until it is deleted.'],
      challenge,
    },
    head: { what: 'Rent 1 x RTX 4090', name: 'trainer', until: 'you end it', worst: 'Billing runs.' },
    facts: facts ?? {},
    adds: added,
    cloud: 'volt',
    before: [],
    callerLimits: callerLimits ?? {},
    instead: null,
    ends_billing: false,
    parts: [],
    hours: null,
    data: null,
  };
}

export const CAPS = { max_usd_per_hour: 25, max_job_usd: 100, max_pods: 20 };

/** A policy under which a person is asked. */
export const policy = (parts: Partial<Policy> = {}): Policy => ({
  mode: 'auto',
  read_only: false,
  caps: CAPS,
  can_ask: true,
  token_suffices: false,
  is_metered: false,
  ...parts,
});

/** A live pod with only the fields that the gate reads. */
export function pod(cloud: CloudId, id: string): Pod {
  const nothing = null;
  return {
    ref: `${cloud}:pod:${id}`,
    cloud,
    id,
    name: id,
    state: 'running',
    raw_state: 'running',
    provider: nothing,
    machine_kind: nothing,
    gpu_model: nothing,
    gpu_count: nothing,
    cpu_cores: nothing,
    memory_gb: nothing,
    root_disk_gb: nothing,
    ephemeral_disk_gb: nothing,
    image: nothing,
    hourly_cost_usd: nothing,
    total_cost_usd: nothing,
    uptime_hours: nothing,
    public_ip: nothing,
    private_ip: nothing,
    ssh_port: nothing,
    ssh_user: nothing,
    ssh_command: nothing,
    ssh_key_ids: nothing,
    login_method: nothing,
    has_password: nothing,
    region: nothing,
    confidential: nothing,
    attestation: nothing,
    created_at_utc: nothing,
    started_at_utc: nothing,
    started_at_raw: nothing,
    warnings: [],
  };
}

/** A fleet of pods, each `[cloud, id, upper reading in USD an hour]`; null = its price is unknown. */
export const fleetOf = (...rows: [CloudId, string, number | null][]): Fleet => ({
  pods: rows.map(([cloud, id, usd]) => ({
    pod: pod(cloud, id),
    rate: { ref: `${cloud}:pod:${id}`, usd_per_hour: usd, usd_per_hour_max: usd, note: null },
  })),
  errors: [],
  reserved: { usd_per_hour: 0, pods: 0 },
});
