import * as z from 'zod';

/** The refs that later steps need. */
export type DemoRefs = Partial<
  Record<'machine' | 'pod' | 'job' | 'nebulaMachine' | 'image' | 'nebulaPod', string>
>;

/** One call of the scripted agent. */
interface DemoStep {
  says: string;
  /** The sentences of the answer to print; default: the first. */
  shows?: RegExp;
  tool: string;
  args: (refs: DemoRefs) => Record<string, unknown>;
  /** The form of the structured result; yields the ref to keep, if there is one. */
  expects: z.ZodType<string | null>;
  keeps?: keyof DemoRefs;
}

/** A result of this form, of which nothing is kept. */
const form = (shape: z.ZodRawShape) => z.looseObject(shape).transform(() => null);
const thing = z.looseObject({ ref: z.string() });
const done = { status: z.literal('done'), message: z.string() };

/** A list that is not empty; keeps the first of it. */
const listed = (plural: string) =>
  z.object({ [plural]: z.tuple([thing]).rest(thing) }).transform((found) => found[plural]?.[0].ref ?? null);

/** A pod or job that was made. */
const made = (kind: 'pod' | 'job') =>
  z.object({ status: done.status, [kind]: thing }).transform((found) => thing.parse(found[kind]).ref);

const isDone = form(done);
const isReached = form({ reached: z.literal(true) });
const hasLogin = form({
  pod: z.looseObject({ state: z.literal('running'), ssh_command: z.string().startsWith('ssh ') }),
});
const isRefunded = form({ ...done, message: z.string().includes('refunded') });
const nothingBurns = form({
  spend: z.looseObject({
    usd_per_hour: z.literal(0),
    last_30_days: z.looseObject({ debits_usd: z.number().positive(), refunds_usd: z.number().positive() }),
  }),
});

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
    expects: listed('machines'),
    keeps: 'machine',
  },
  {
    says: 'Rent one GPU of it: the person types the price.',
    tool: 'create_pod',
    args: (refs) => ({
      name: 'demo-training',
      machine: refs.machine,
      template: 'volt:template:tpl_pytorch21',
      ssh_keys: ['volt:ssh_key:key_abc123'],
      gpu_count: 1,
      max_usd_per_hour: 5,
    }),
    expects: made('pod'),
    keeps: 'pod',
  },
  {
    says: 'Wait until it is up.',
    tool: 'wait_for',
    args: (refs) => ({ ref: refs.pod }),
    expects: isReached,
  },
  {
    says: 'How does one log in?',
    shows: /^ssh: /,
    tool: 'get_pod',
    args: (refs) => ({ pod: refs.pod }),
    expects: hasLogin,
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
    expects: made('job'),
    keeps: 'job',
  },
  {
    says: 'Cancel it before training starts, which is fully refunded.',
    shows: /refunded/,
    tool: 'cancel_job',
    args: (refs) => ({ job: refs.job }),
    expects: isRefunded,
  },
  { says: 'Stop the pod.', tool: 'stop_pod', args: (refs) => ({ pod: refs.pod }), expects: isDone },
  {
    says: 'Wait until it has stopped.',
    tool: 'wait_for',
    args: (refs) => ({ ref: refs.pod, until: 'stopped' }),
    expects: isReached,
  },
  {
    says: 'Delete it: the person types its name.',
    tool: 'delete_pod',
    args: (refs) => ({ pod: refs.pod }),
    expects: isDone,
  },
  {
    says: 'The same on Nebula: find a machine,',
    tool: 'list_machines',
    args: () => ({ cloud: 'nebula', limit: 1 }),
    expects: listed('machines'),
    keeps: 'nebulaMachine',
  },
  {
    says: 'an image that fits it,',
    tool: 'list_images',
    args: (refs) => ({ machine: refs.nebulaMachine, limit: 1 }),
    expects: listed('images'),
    keeps: 'image',
  },
  {
    says: 'rent it,',
    tool: 'create_pod',
    args: (refs) => ({
      name: 'demo-nebula',
      machine: refs.nebulaMachine,
      image: refs.image,
      ssh_keys: ['nebula:ssh_key:73'],
    }),
    expects: made('pod'),
    keeps: 'nebulaPod',
  },
  {
    says: 'and delete it.',
    tool: 'delete_pod',
    args: (refs) => ({ pod: refs.nebulaPod }),
    expects: isDone,
  },
  {
    says: 'What is left to pay?',
    shows: /^Burning|^Through the servers/,
    tool: 'get_spend',
    args: () => ({}),
    expects: nothingBurns,
  },
];
