import { FAULT_KINDS } from './faults.ts';

/** What GET /sandbox says about itself. */
export const ADMIN_HELP = {
  about:
    'A simulator of two GPU clouds: Volt under /volt, Nebula under /nebula and /inference. No account, no money. States follow the sandbox clock and are computed when looked at.',
  endpoints: {
    'GET /sandbox': 'this overview',
    'GET /sandbox/clock': 'sandbox time and speed',
    'POST /sandbox/clock':
      '{advance_seconds?, speed?}: jump ahead; sandbox seconds per real second (0 freezes)',
    'GET /sandbox/ledger': 'balances and every debit, refund and accrual',
    'POST /sandbox/balance': '{cloud, usd}: make the present balance this much',
    'GET /sandbox/requests':
      'the requests that the clouds saw, paths below each base URL; DELETE clears them',
    'GET /sandbox/faults': 'fault rules in force; DELETE clears them',
    'POST /sandbox/faults':
      '{kind, cloud?, method?, path? (* = any characters), times? = 1, skip? = 0, status?, retry_after?, delay_ms?, seconds?, appear_after_seconds?}',
    'POST /sandbox/price':
      '{cloud, machine_id | product_id, usd}: USD per GPU and hour (volt), per instance and hour (nebula)',
    'POST /sandbox/walk': '{on}: seeded random walk of all prices',
    'POST /sandbox/stock':
      '{cloud: "volt", machine_id, available_gpus} or {cloud: "nebula", product_id, stock?, is_available?}',
    'POST /sandbox/state': '{cloud, kind: "pod" | "job", id, state}: force a raw state',
    'POST /sandbox/pod':
      '{cloud, name?, state?, machine_id?, product_id?, gpu_count?}: a pod that someone else made',
    'GET /sandbox/drift': 'reply shapes seen elsewhere, all off by default',
    'POST /sandbox/drift': 'switches to change',
    'POST /sandbox/canary': '{text}: plant a secret wherever a cloud could put one; null removes it',
    'GET /sandbox/webhooks': 'webhook calls made and withheld (only loopback hosts are called)',
    'POST /sandbox/reset': 'back to a fresh account',
  },
  fault_kinds: FAULT_KINDS,
};
