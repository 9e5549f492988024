import { exampleOf } from '../../testbed/examples.ts';

/**
 * What inputs mean that many tools share, for a person with time to read: the schemas are kept short, because a model
 * reads them in every conversation. A tool's own example wins over these, and both win over the schema's description.
 */
export const SHARED_MEANINGS: Readonly<Record<string, string>> = {
  cloud: 'Only this cloud. Left out: all configured clouds.',
  limit: 'At most this many rows, 1 to 100.',
  cursor: '`next_cursor` of the answer before, unchanged, for the next page.',
  region: 'Part of the name of a region; letter case and punctuation do not matter.',
  user_reply:
    'What the user said to the plan. See [When the client cannot ask](#when-the-client-cannot-ask).',
  confirmation_token: 'See [When the client cannot ask](#when-the-client-cannot-ask).',
  dry_run: '`true`: only the plan is shown. Nobody is asked, and nothing can be confirmed by it.',
  pod: 'Ref of a pod.',
  job: 'Ref of a job.',
  ssh_key: 'Ref of an SSH key.',
  template: 'Ref of a template.',
  category: 'A word to sort by.',
  docker_credential: 'Ref of a stored registry login, for a private image.',
  ports: 'Ports to open, each once, up to 50.',
  api_key: 'Ref of an API key.',
  model: 'Name of a model from `list_models`.',
};

/** What an input means. @throws Error if neither the example nor the schema says it */
export function meaningOf(tool: string, field: string, described: string | undefined): string {
  const meaning = exampleOf(tool).meanings?.[field] ?? SHARED_MEANINGS[field] ?? described;
  if (meaning !== undefined && meaning !== '') return meaning;
  throw new Error(`${tool}.${field} has no meaning: add it to \`meanings\` in examples/${tool}.ts.`);
}
