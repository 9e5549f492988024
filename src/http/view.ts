import type { Runtime } from '../engine/runtime.ts';
import type { Access, Caller } from './exchange.ts';

const readers = new WeakMap<Runtime, Runtime>();
const asked = new WeakMap<Runtime, Runtime>();

/** The same runtime as somebody sees it who may only read: other tools do not exist, and the gate lets nothing through. */
function readOnlyView(runtime: Runtime): Runtime {
  const tools = new Map([...runtime.tools].filter(([, { effect }]) => effect === 'read'));
  return {
    ...runtime,
    selection: { ...runtime.selection, readOnly: true },
    tools,
    listed: runtime.listed.filter(({ name }) => tools.has(name)),
    gate: { ...runtime.gate, read_only: true },
  };
}

const hidden = new WeakMap<Runtime, Set<string>>();

/** From now on the runtime hides the caller's bearer token in what it says and logs. Tokens of an issuer show what they are. */
export function hideTokenOf(
  runtime: Runtime,
  { id, proof }: Caller,
  authorization: string | undefined,
): void {
  const token = /^Bearer +(\S+)/i.exec(authorization ?? '')?.[1];
  const known = hidden.get(runtime) ?? new Set();
  hidden.set(runtime, known);
  if (token === undefined || !id.startsWith('token:') || known.has(proof)) return;
  known.add(proof);
  runtime.redactAlso(token);
}

/** The same runtime as somebody sees it whose token is not marked for runs that nobody watches: a person is asked. */
const askedView = (runtime: Runtime): Runtime => ({ ...runtime, gate: { ...runtime.gate, mode: 'human' } });

/** What a caller with this access gets to work with. Built once for a runtime; all kinds share clouds and state. */
export function viewFor(runtime: Runtime, access: Access): Runtime {
  if (access === 'read') return built(readers, runtime, readOnlyView);
  const isMarked = access === 'unattended' || runtime.gate.mode !== 'token';
  return isMarked ? runtime : built(asked, runtime, askedView);
}

function built(
  views: WeakMap<Runtime, Runtime>,
  runtime: Runtime,
  build: (runtime: Runtime) => Runtime,
): Runtime {
  const view = views.get(runtime) ?? build(runtime);
  views.set(runtime, view);
  return view;
}
