/**
 * What a call is given or a request carries. A text may name a thing that `before` put into the sandbox: `$pod`, `$job`,
 * `$template` or `$api_key` stands for its ref, `$pod.id` for its bare id. `$GPU_MCP_SECRET_…` stands for the value of
 * that variable.
 */
export type Args = Readonly<Record<string, unknown>>;

/** What the sandbox holds before the call, in addition to its fresh account. Times are sandbox seconds. */
export type Before =
  | {
      pod: 'volt' | 'nebula';
      name?: string;
      state?: string;
      machine?: string;
      gpus?: number;
      ssh_keys?: string[];
    }
  | { job: string; name?: string; model?: string }
  | { template: string; docker_credential?: string }
  | { api_key: string }
  | { pass_seconds: number };

/** One request to a cloud: `METHOD cloud /path?query`, and its body if it has one. */
export type Sent = string | readonly [request: string, body: Args];

/** How many requests a part of a call makes, and how many of them wait for one another. */
export type Cost = readonly [requests: number, depth: number];

/** How the sandbox shows that a write took effect. Counted, so that a second effect is seen. */
export type Effect =
  /** So many things of this name are in this list of the sandbox. */
  | { makes: string; name: string }
  /** The thing with this id is no longer in this list. */
  | { removes: string; id: string }
  /** The pod or job is in one of these raw states. */
  | { brings: readonly string[] }
  /** Nebula counts such actions on its instances. */
  | { acts: 'start' | 'stop' | 'reboot' }
  /** A line in the ledger. */
  | { debits: true };

/** One call of a tool, with everything that follows from it. */
export interface Case {
  /** Cloud and variant, unique within the tool. */
  title: string;
  /** docs/tools.md shows it with its real answer. */
  shown?: true;
  before?: readonly Before[];
  args: Args;
  /** For a tool that reads: all requests, in any order. For the others: those that change something, in order. */
  sends: readonly Sent[];
  /** The code of the error that the call ends in; left out, it succeeds. */
  ends?: string;
  /** What a call costs at the clouds: the plan of a call that asks, and all else. */
  requests?: { plan?: Cost; run: Cost };
  /** What a person types. */
  challenge?: string;
  /** Facts of the plan, those that matter: refs and dollars. */
  plan?: Args;
  /** What the question must show: figures, names, and the notes of the cloud (`clouds/<id>/notes*.ts`). */
  says?: readonly (string | RegExp)[];
  /** For a write: the fault matrix makes this call under every fault. */
  effect?: Effect;
}

/** What a person says on an ordinary day, and the arguments that a model should find with nothing but the tool list. */
export interface Everyday {
  says: string;
  /** What earlier turns brought up, such as a ref. */
  knows?: string;
  args: Args;
}

/** All that a tool needs beyond its own file: documentation and tests are made from it. */
export interface Example {
  everyday: readonly Everyday[];
  /** What an input means, for a person with time to read; inputs that many tools share are explained once for all. */
  meanings?: Readonly<Record<string, string>>;
  cases: readonly Case[];
}

/** The example of the tool that the file is named after. */
export const defineExample = (example: Example): Example => example;
