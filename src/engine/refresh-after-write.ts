import type { WatchKind } from '../core/live.ts';
import type { Tool } from '../tools/tool.ts';
import type { Runtime } from './runtime.ts';

/** Tools after which resources/list shows something else. */
const LIST_CHANGERS: ReadonlySet<string> = new Set([
  'create_pod',
  'delete_pod',
  'submit_finetune',
  'cancel_job',
  'stop_spending',
]);

const KIND_OF: Partial<Record<Tool['toolset'], WatchKind>> = { pods: 'pod', jobs: 'job' };

/**
 * Notifies watchers of our own write at once instead of at the next poll. `ref` names the thing that was
 * written to; null if it is not known (the outcome of the write may be unknown too).
 */
export function refreshAfterWrite(runtime: Pick<Runtime, 'poller'>, tool: Tool, ref: string | null): void {
  const kind = KIND_OF[tool.toolset];
  if (kind === undefined) return;
  const [cloud, , ...rest] = ref?.split(':') ?? [];
  const id = cloud === undefined ? null : rest.join(':');
  runtime.poller.refresh({ cloud: cloud ?? null, kind, id, why: 'written' }, LIST_CHANGERS.has(tool.name));
}
