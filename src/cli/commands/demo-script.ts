import * as z from 'zod';

/** The results of earlier steps that later ones need. */
export interface DemoState {
  refs: Partial<Record<'machine' | 'pod' | 'job' | 'nebulaMachine' | 'image' | 'nebulaPod', string>>;
}

/** One call of the scripted agent. `check` returns what is wrong, or null. `shows`: the sentences to print. */
interface DemoStep {
  says: string;
  shows?: RegExp;
  tool: string;
  args: (state: DemoState) => Record<string, unknown>;
  check: (structured: unknown, state: DemoState) => string | null;
}

const rows = (plural: string) => z.object({ [plural]: z.array(z.looseObject({ ref: z.string() })).min(1) });
const done = z.looseObject({ status: z.literal('done'), message: z.string() });

function firstRef(structured: unknown, plural: string, keep: (ref: string) => void): string | null {
  const parsed = rows(plural).safeParse(structured);
  const ref = parsed.data?.[plural]?.[0]?.ref;
  if (ref === undefined) return `no ${plural} were listed`;
  keep(ref);
  return null;
}

function isDone(structured: unknown, kind: 'pod' | 'job', keep: (ref: string) => void): string | null {
  const parsed = done.extend({ [kind]: z.looseObject({ ref: z.string() }) }).safeParse(structured);
  const thing = z.looseObject({ ref: z.string() }).safeParse(parsed.data?.[kind]);
  if (!thing.success) return 'it was not done';
  keep(thing.data.ref);
  return null;
}

const reached = (structured: unknown): string | null =>
  z.looseObject({ reached: z.literal(true) }).safeParse(structured).success
    ? null
    : 'the state was not reached in time';

const isDoneOnly = (structured: unknown): string | null =>
  done.safeParse(structured).success ? null : 'it was not done';

const hasLogin = (structured: unknown): string | null =>
  z
    .looseObject({
      pod: z.looseObject({ state: z.literal('running'), ssh_command: z.string().startsWith('ssh ') }),
    })
    .safeParse(structured).success
    ? null
    : 'there is no ssh command';

function isRefunded(structured: unknown): string | null {
  const parsed = done.safeParse(structured);
  return /refunded/.test(parsed.data?.message ?? '') ? null : 'no refund was reported';
}

function nothingBurns(structured: unknown): string | null {
  const parsed = z
    .looseObject({
      spend: z.looseObject({
        usd_per_hour: z.literal(0),
        last_30_days: z.looseObject({
          debits_usd: z.number().positive(),
          refunds_usd: z.number().positive(),
        }),
      }),
    })
    .safeParse(structured);
  return parsed.success ? null : 'something still burns money, or debits and refunds are missing';
}

/** True if something changed between plan and consent, so that nothing was sent and the agent has to call again. */
export const hasMoved = (structured: unknown): boolean =>
  z
    .looseObject({ status: z.literal('confirmation_required'), changes: z.array(z.string()).min(1) })
    .safeParse(structured).success;

/** Max repetitions of such a call: a thing goes through a few states at most. */
export const MAX_CALLS = 3;

/** The main job, then the shorter one on the other cloud. */
export const DEMO_STEPS: readonly DemoStep[] = [
  {
    says: 'Find the cheapest machine with an H100.',
    tool: 'list_machines',
    args: () => ({ gpu: 'H100', cloud: 'volt', confidential: false }),
    check: (structured, state) => firstRef(structured, 'machines', (ref) => (state.refs.machine = ref)),
  },
  {
    says: 'Rent one GPU of it: the person types the price.',
    tool: 'create_pod',
    args: ({ refs }) => ({
      name: 'demo-training',
      machine: refs.machine,
      template: 'volt:template:tpl_pytorch21',
      ssh_keys: ['volt:ssh_key:key_abc123'],
      gpu_count: 1,
      max_usd_per_hour: 5,
    }),
    check: (structured, state) => isDone(structured, 'pod', (ref) => (state.refs.pod = ref)),
  },
  {
    says: 'Wait until it is up.',
    tool: 'wait_for',
    args: ({ refs }) => ({ ref: refs.pod }),
    check: reached,
  },
  {
    says: 'How does one log in?',
    shows: /^ssh: /,
    tool: 'get_pod',
    args: ({ refs }) => ({ pod: refs.pod }),
    check: hasLogin,
  },
  {
    says: 'Start a fine-tuning job, debited at once: the person types the upper bound.',
    tool: 'submit_finetune',
    args: () => ({
      name: 'demo-finetune',
      task_type: 'text',
      model: 'Qwen/Qwen2.5-7B-Instruct',
      hours: 2,
      dataset_repo: 'myorg/support-qa',
    }),
    check: (structured, state) => isDone(structured, 'job', (ref) => (state.refs.job = ref)),
  },
  {
    says: 'Cancel it before training starts, which is fully refunded.',
    shows: /refunded/,
    tool: 'cancel_job',
    args: ({ refs }) => ({ job: refs.job }),
    check: isRefunded,
  },
  { says: 'Stop the pod.', tool: 'stop_pod', args: ({ refs }) => ({ pod: refs.pod }), check: isDoneOnly },
  {
    says: 'Wait until it has stopped.',
    tool: 'wait_for',
    args: ({ refs }) => ({ ref: refs.pod, until: 'stopped' }),
    check: reached,
  },
  {
    says: 'Delete it: the person types its name.',
    tool: 'delete_pod',
    args: ({ refs }) => ({ pod: refs.pod }),
    check: isDoneOnly,
  },
  {
    says: 'The same on Nebula: find a machine,',
    tool: 'list_machines',
    args: () => ({ cloud: 'nebula', limit: 1 }),
    check: (structured, state) => firstRef(structured, 'machines', (ref) => (state.refs.nebulaMachine = ref)),
  },
  {
    says: 'an image that fits it,',
    tool: 'list_images',
    args: ({ refs }) => ({ machine: refs.nebulaMachine, limit: 1 }),
    check: (structured, state) => firstRef(structured, 'images', (ref) => (state.refs.image = ref)),
  },
  {
    says: 'rent it,',
    tool: 'create_pod',
    args: ({ refs }) => ({
      name: 'demo-nebula',
      machine: refs.nebulaMachine,
      image: refs.image,
      ssh_keys: ['nebula:ssh_key:73'],
    }),
    check: (structured, state) => isDone(structured, 'pod', (ref) => (state.refs.nebulaPod = ref)),
  },
  {
    says: 'and delete it.',
    tool: 'delete_pod',
    args: ({ refs }) => ({ pod: refs.nebulaPod }),
    check: isDoneOnly,
  },
  {
    says: 'What is left to pay?',
    shows: /^Burning|^Through the servers/,
    tool: 'get_spend',
    args: () => ({}),
    check: nothingBurns,
  },
];
