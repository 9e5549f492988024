import { asGpuError, causeOf, GpuError } from '../core/errors.ts';
import type { Results } from '../core/policy.ts';
import { errorForAgent } from '../core/settings-rule.ts';
import { shownTo } from '../core/shown.ts';
import { mapTexts } from '../core/text.ts';
import { selectPrompts } from '../prompts/index.ts';
import { type ListedResource, readResource, selectFamilies, uriTemplateOf } from '../resources/index.ts';
import { type Asked, type Completion, createCompleter } from './completion.ts';
import { LOCAL, toolContext } from './context.ts';
import { type CallRequest, dispatch } from './dispatch.ts';
import type { ListedTool } from './listing.ts';
import { isPaid, type PaidContent, readPaid } from './paid.ts';
import { type RenderedPrompt, renderPrompt } from './prompts.ts';
import { createResourceList } from './resource-list.ts';
import { resultIn, type ShownResult } from './result.ts';
import { type Needs, type Returned, stepReturned } from './returned.ts';
import { RpcError } from './rpc.ts';
import type { Runtime } from './runtime.ts';
import { createSubscriptions, type Notifier, type Subscriptions } from './subscriptions.ts';
import { MAX_CHARACTERS, valueWithin } from './within.ts';

/** Max time of a reading for completions, milliseconds. It outlives the request that caused it: others share it. */
const COMPLETION_MS = 10_000;
const JSON_TYPE = 'application/json';

/** One resource of resources/list. */
interface ResourceRow extends ListedResource {
  mimeType: string;
}

/** One family of resources/templates/list. */
interface TemplateRow {
  uriTemplate: string;
  name: string;
  title: string;
  description: string;
  mimeType: string;
}

/** One prompt of prompts/list. */
interface PromptRow {
  name: string;
  title: string;
  description: string;
  arguments: { name: string; description: string; required: boolean }[];
}

/**
 * Everything that the server answers beyond the handshake, in shapes that all protocol revisions share and without any
 * SDK. A front (mcp/v1 and others) checks the shape of parameters and translates; what is refused is an RpcError.
 */
export interface Handlers {
  listTools(results?: Results): { tools: readonly ListedTool[] };
  /** Never rejects: what went wrong is in the result. */
  callTool(request: CallRequest, results?: Results): Promise<ShownResult>;
  /** One step for a front that returns questions. `request.session.ask` is not called. */
  stepTool(
    request: CallRequest,
    returned: Returned,
    results?: Results,
  ): Promise<{ result: ShownResult } | { needs: Needs }>;
  /** Does not wait for a cloud. */
  listResources(): { resources: ResourceRow[] };
  listResourceTemplates(): { resourceTemplates: TemplateRow[] };
  readResource(uri: string, signal: AbortSignal, principal?: string): Promise<{ contents: PaidContent[] }>;
  listPrompts(): { prompts: PromptRow[] };
  getPrompt(
    name: string,
    args: Readonly<Record<string, string>>,
    returned?: Returned,
  ): RenderedPrompt | { needs: Needs };
  complete(asked: Asked): Promise<{ completion: Completion }>;
  /** The subscriptions of one connection; the caller closes them when it ends. */
  openSubscriptions(notifier: Notifier): Subscriptions;
}

const known = new WeakMap<Runtime, Handlers>();

/** The handlers of a runtime; all its connections share them. */
export function handlersOf(runtime: Runtime): Handlers {
  const handlers = known.get(runtime) ?? createHandlers(runtime);
  known.set(runtime, handlers);
  return handlers;
}

/** A failed read as a protocol error. Internal faults are logged. */
function resourceError(runtime: Runtime, uri: string, error: unknown): RpcError {
  const { code, message, hint } = errorForAgent(asGpuError(error));
  if (error instanceof Error && !(error instanceof GpuError) && code !== 'cancelled') {
    runtime.log({ level: 'error', msg: 'resource', uri, cause: causeOf(error) });
  }
  const fault = code === 'not_found' || code === 'not_configured' ? 'resource_not_found' : 'internal';
  return new RpcError(fault, runtime.redact(message), { code, hint, uri });
}

function createHandlers(runtime: Runtime): Handlers {
  const prompts = selectPrompts(runtime.clouds, (tool) => runtime.tools.has(tool));
  const completer = createCompleter(runtime, prompts);
  const resourceList = createResourceList(runtime);
  const reading = (signal: AbortSignal, principal?: string) => toolContext(runtime, { signal, principal });

  return {
    listTools: (results = runtime.results) => ({ tools: runtime.listed(results) }),
    callTool: async (request, results = runtime.results) =>
      resultIn(results, await dispatch(runtime, { ...request, results })),
    async stepTool(request, returned, results = runtime.results) {
      const step = await stepReturned(runtime, { ...request, results }, returned);
      return 'result' in step ? { result: resultIn(results, step.result) } : step;
    },
    listResources: () => ({
      resources: resourceList.rows().map((row) => ({
        ...row,
        name: runtime.redact(row.name),
        description: runtime.redact(row.description),
        mimeType: JSON_TYPE,
      })),
    }),
    listResourceTemplates: () => ({
      resourceTemplates: selectFamilies(runtime).map((family) => ({
        uriTemplate: uriTemplateOf(runtime.clouds, family),
        name: family.name,
        title: family.title,
        description: family.description,
        mimeType: JSON_TYPE,
      })),
    }),
    async readResource(uri, signal, principal) {
      try {
        if (isPaid(uri)) return { contents: [await readPaid(runtime, principal ?? LOCAL, uri)] };
        const body = await readResource(runtime, reading(signal, principal), uri);
        const marked = { ...shownTo(body), ...(runtime.sandbox && { sandbox: true }) };
        // Redacted before it is cut: half a secret is not recognised.
        const whole = mapTexts(marked, runtime.redact) as Record<string, unknown>;
        const text = runtime.redact(JSON.stringify(valueWithin(whole, MAX_CHARACTERS)));
        return { contents: [{ uri, mimeType: JSON_TYPE, text }] };
      } catch (error) {
        throw resourceError(runtime, uri, error);
      }
    },
    listPrompts: () => ({
      prompts: prompts.map(({ name, title, description, arguments: args }) => ({
        name,
        title,
        description,
        arguments: args.map((argument) => ({
          name: argument.name,
          description: argument.description,
          required: argument.required,
        })),
      })),
    }),
    getPrompt: (name, args) => renderPrompt(prompts, name, args, runtime.redact),
    async complete(asked) {
      const completion = await completer(asked, () => reading(AbortSignal.timeout(COMPLETION_MS)));
      return { completion: { ...completion, values: completion.values.map(runtime.redact) } };
    },
    openSubscriptions(notifier) {
      const subscriptions = createSubscriptions(runtime, notifier);
      return {
        ...subscriptions,
        async subscribe(uri, signal) {
          try {
            await subscriptions.subscribe(uri, signal);
          } catch (error) {
            throw resourceError(runtime, uri, error);
          }
        },
      };
    },
  };
}
