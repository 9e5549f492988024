import type { Extra } from '../core/outcome.ts';
import type { Done } from '../gate/deps.ts';
import type { OpenCall, Tool } from '../tools/tool.ts';
import { RESULT_SAYS } from './messages.ts';
import { type CallResult, type Marking, success } from './result.ts';

/** How a call ended: a read, or a write. */
type Ended = { done: unknown; extras: Extra[] } | Done;

/** The result of a call that ended. @throws if the output does not fit the tool's schema */
export function render(marking: Marking, tool: Tool, call: OpenCall, ended: Ended): CallResult {
  const isWrite = 'kind' in ended;
  const output = tool.output.parse(isWrite ? ended.output : ended.done);
  const marks = {
    ...(isWrite && ended.reconciled && { reconciled: true }),
    ...(isWrite && ended.repeated_at !== undefined && { repeated: true, done_at: ended.repeated_at }),
  };
  const notes = [
    ...(isWrite && ended.repeated_at !== undefined ? [RESULT_SAYS.repeated(ended.repeated_at)] : []),
    ...(isWrite && ended.reconciled ? [RESULT_SAYS.reconciled] : []),
  ];
  const shown = { ...tool.shown(output), ...marks };
  return success(marking, shown, notes, tool.text(output, call.input), ended.extras);
}
