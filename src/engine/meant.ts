import { nearest } from '../core/text.ts';
import type { Tool } from '../tools/tool.ts';

/** A name in snake case: `gpuModel`, `GPU Model` and `gpu-model` all become `gpu_model`. */
const snake = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
    .toLowerCase();

/** Names that models and other servers use for our arguments; the first one that the tool has is suggested. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  id: [
    'pod',
    'job',
    'template',
    'ssh_key',
    'api_key',
    'docker_credential',
    'invoice',
    'ref',
    'refs',
    'machine',
  ],
  ref: ['pod', 'job', 'template', 'ssh_key', 'api_key', 'docker_credential', 'invoice', 'refs', 'machine'],
  name: ['pod', 'job', 'template', 'ssh_key', 'search'],
  pod: ['ref', 'refs'],
  job: ['ref', 'refs'],
  thing: ['ref', 'refs'],
  resource: ['ref', 'refs'],
  instance: ['pod', 'ref', 'refs'],
  server: ['pod', 'ref', 'refs'],
  vm: ['pod', 'ref', 'refs'],
  label: ['name'],
  title: ['name'],
  offer: ['machine'],
  product: ['machine'],
  executor: ['machine'],
  gpu_model: ['gpu'],
  gpu_type: ['gpu', 'machine'],
  gpu_name: ['gpu', 'machine'],
  gpu: ['machine'],
  instance_type: ['machine'],
  machine_type: ['machine'],
  flavor: ['machine'],
  gpus: ['gpu_count'],
  num_gpus: ['gpus', 'gpu_count'],
  gpu_count: ['gpus'],
  min_gpus: ['gpu_count'],
  count: ['gpus', 'gpu_count', 'limit'],
  vram: ['min_gpu_memory_gb'],
  min_vram: ['min_gpu_memory_gb'],
  vram_gb: ['min_gpu_memory_gb'],
  min_memory_gb: ['min_gpu_memory_gb'],
  max_price: ['max_usd_per_gpu_hour', 'max_usd_per_hour', 'max_usd'],
  max_cost: ['max_usd_per_gpu_hour', 'max_usd_per_hour', 'max_usd'],
  price: ['max_usd_per_gpu_hour', 'max_usd_per_hour', 'max_usd'],
  budget: ['max_usd_per_hour', 'max_usd'],
  max_hourly_price: ['max_usd_per_gpu_hour', 'max_usd_per_hour'],
  max_usd_per_hour: ['max_usd'],
  max_usd_per_gpu_hour: ['max_usd_per_hour'],
  max_usd: ['max_usd_per_hour'],
  provider: ['cloud'],
  location: ['region'],
  datacenter: ['region'],
  data_center: ['region'],
  available: ['available_only'],
  sort_by: ['sort'],
  order_by: ['sort'],
  status: ['state', 'until'],
  state: ['status', 'until'],
  target_state: ['until'],
  target: ['until', 'ref', 'refs'],
  wait_until: ['until'],
  desired_state: ['until'],
  everything: ['all'],
  mode: ['how'],
  timeout: ['timeout_seconds'],
  max_hours: ['max_lifetime_hours', 'hours'],
  lifetime: ['max_lifetime_hours'],
  lifetime_hours: ['max_lifetime_hours'],
  hours: ['max_lifetime_hours'],
  duration: ['hours', 'max_lifetime_hours'],
  disk_gb: ['volume_gb'],
  disk_size: ['volume_gb'],
  storage_gb: ['volume_gb'],
  ssh_key: ['ssh_keys'],
  ssh_key_ids: ['ssh_keys'],
  key: ['public_key', 'ssh_key', 'api_key'],
  keys: ['ssh_keys'],
  os: ['image'],
  docker_image: ['image'],
  env: ['env_vars'],
  environment: ['env_vars'],
  dataset: ['dataset_repo'],
  base_model: ['model'],
  model_name: ['model'],
  type: ['task_type'],
  task: ['task_type'],
  page: ['cursor'],
  offset: ['cursor'],
  next_cursor: ['cursor'],
  page_size: ['limit'],
  per_page: ['limit'],
  max_results: ['limit'],
  query: ['search', 'gpu'],
  text: ['prompt', 'input'],
  texts: ['input'],
  images: ['image_urls'],
  max_completion_tokens: ['max_tokens'],
};

/** Max characters of an unknown name that are compared. */
const MAX_COMPARED = 100;

/** The longest known name that stands at the end of another, after other words; null if none does. */
function longestTail(name: string, known: readonly string[]): string | null {
  const tails = known.filter((one) => name.endsWith(`_${one}`));
  return tails.toSorted((a, b) => b.length - a.length)[0] ?? null;
}

/** The argument that an unknown name most likely means; null if none is similar. */
export function meantArgument(name: string, known: readonly string[]): string | null {
  const wanted = snake(name.slice(0, MAX_COMPARED));
  if (known.includes(wanted)) return wanted;
  const bare = wanted.replace(/_(?:id|ref|name)s?$/, '');
  for (const word of [wanted, bare, bare.replace(/s$/, '')]) {
    const direct = word !== wanted && known.includes(word) ? word : undefined;
    const trade = Object.hasOwn(ARGUMENTS, word) ? ARGUMENTS[word] : undefined;
    const found = direct ?? trade?.find((one) => known.includes(one));
    if (found !== undefined) return found;
  }
  return longestTail(wanted, known) ?? nearest(wanted, known);
}

/** Words that models and other servers use in names of tools. */
const WORDS: Readonly<Record<string, string>> = {
  launch: 'create',
  rent: 'create',
  deploy: 'create',
  provision: 'create',
  order: 'create',
  terminate: 'delete',
  kill: 'delete',
  destroy: 'delete',
  remove: 'delete',
  release: 'delete',
  instance: 'pod',
  server: 'pod',
  vm: 'pod',
  offer: 'machine',
  gpu: 'machine',
  find: 'list',
  browse: 'list',
  search: 'list',
  show: 'get',
  describe: 'get',
  reboot: 'restart',
  resume: 'start',
  pause: 'stop',
  balance: 'spend',
  cost: 'spend',
  spending: 'spend',
  billing: 'spend',
  finetuning: 'finetune',
  training: 'job',
  embedding: 'text',
};

/** The sorted singular words of a name: `pod_list` and `list_pods` give the same. */
const sortedWords = (name: string, translate: (word: string) => string): string =>
  snake(name)
    .split('_')
    .map((word) => translate(word.replace(/(?<!s)s$/, '')))
    .toSorted()
    .join(' ');

const same = (word: string): string => word;
const ours = (word: string): string => (Object.hasOwn(WORDS, word) ? (WORDS[word] ?? word) : word);

/** What stands before a tool's name: the server's, as hosts join the two (`mcp__gpu-cloud__list_pods`, `gpu-cloud.list_pods`). */
const HOST_PREFIX = /^.*(?:__|[.:/])(?=.)/;

/** The tool that an unknown name most likely means; null if none is similar. */
export function meantTool(name: string, tools: readonly Pick<Tool, 'name' | 'alsoCalled'>[]): string | null {
  const known = tools.map((tool) => tool.name);
  const given = name.slice(0, MAX_COMPARED);
  const whole = snake(given);
  const tail = known.includes(whole) ? whole : longestTail(whole, known);
  if (tail !== null) return tail;
  const wanted = snake(given.replace(HOST_PREFIX, ''));
  const words = sortedWords(wanted, same);
  const called = tools.find(({ alsoCalled }) => alsoCalled.some((one) => sortedWords(one, same) === words));
  if (called !== undefined) return called.name;
  const alike = (text: string, translate: (word: string) => string) =>
    known.find((one) => sortedWords(one, translate) === sortedWords(text, translate));
  // A verb alone is about a pod.
  return alike(wanted, same) ?? alike(wanted, ours) ?? alike(`${wanted}_pod`, ours) ?? nearest(wanted, known);
}
