import type { Harness } from '../../harness.ts';

/** One request as the cloud saw it: `METHOD cloud path[?query]`, and the raw body where there is one. */
export type Seen = readonly [request: string, body?: string];

/** A good call of a tool and what it must send. */
export interface WireRow {
  /** What is special about this call of the tool. */
  title: string;
  tool: string;
  /** Sets the world up; what it returns is handed to `args` and `sends`. Its own requests do not count. */
  prepare?: (harness: Harness) => Promise<string> | string;
  args: (id: string) => Record<string, unknown>;
  /** For a tool that reads: all requests, in any order. For the others: those that change something, in order. */
  sends: (id: string) => readonly Seen[];
  /** The strict simulator refuses it, because the documents do not show it; it is sent all the same. */
  refused?: true;
}

/** The environment that the rows rely on. */
export const SECRETS = { GPU_MCP_SECRET_ECR: 'registry-password-of-the-operator' };

/** The JSON of a documented example, without its white space. */
export const json = (value: unknown): string => JSON.stringify(value);
