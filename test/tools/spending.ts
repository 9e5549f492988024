import { readAudit } from '../../src/store/audit.ts';
import { type Harness, TEXT_JOB } from '../harness.ts';

export const BOTH = { GPU_MCP_RESULTS: 'both', GPU_MCP_MAX_JOB_USD: '1000' } as const;

/** Three running pods and a job that is refunded in full. */
export async function withThings({ world, call }: Harness) {
  const one = `volt:pod:${world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' })}`;
  const two = `volt:pod:${world.addPod('volt', { name: 'two', machine_id: 'mach_rtx4090_02' })}`;
  const box = `nebula:pod:${world.addPod('nebula', { name: 'box', product_id: 'prd-ca-a6000-1' })}`;
  const { structured } = await call('submit_finetune', TEXT_JOB);
  const job = structured.job?.ref ?? '';
  return { one, two, box, job };
}

interface End {
  ref: string;
  outcome: string;
  message: string;
}
/** What became of each thing, sorted by ref. */
export const endsOf = (structured: Record<string, unknown>): [string, string][] =>
  ((structured.things ?? []) as End[]).map(({ ref, outcome }): [string, string] => [ref, outcome]).toSorted();
/** The audit lines of stop_spending. */
export const auditOf = async ({ stateDir }: Harness) =>
  (await readAudit(stateDir)).lines.filter(({ tool }) => tool === 'stop_spending');
