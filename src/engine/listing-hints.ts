import type { Toolset } from '../core/policy.ts';
import type { Tool } from '../tools/tool.ts';

/** The few tools of most conversations, which a host that loads tools late should load at once. */
const CORE: ReadonlySet<string> = new Set([
  'list_machines',
  'list_pods',
  'create_pod',
  'stop_pod',
  'delete_pod',
  'wait_for',
  'get_spend',
]);

/** Words by which the other tools are found. */
const HINTS: Readonly<Record<Toolset, string>> = {
  machines: 'GPU price',
  pods: 'GPU instance',
  jobs: 'fine-tune training',
  ssh: 'ssh login',
  templates: 'docker',
  registry: 'docker registry',
  api_keys: 'API key',
  billing: 'invoice',
  inference: 'hosted model',
};

/** Hints that Claude Code reads: which tools to load at once, and by which words to find the others. */
export const hintsOf = ({ name, toolset }: Tool): { [key: string]: string | boolean } =>
  CORE.has(name) ? { 'anthropic/alwaysLoad': true } : { 'anthropic/searchHint': HINTS[toolset] };
