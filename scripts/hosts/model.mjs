import { createServer } from 'node:http';
import { DIALECTS } from './dialects.mjs';

const ORDER = {
  name: 'host-check',
  machine: 'volt:machine:mach_h100_03',
  template: 'volt:template:tpl_pytorch21',
  ssh_keys: ['volt:ssh_key:key_abc123'],
};

const podIn = (text) => /volt:pod:[A-Za-z0-9_-]+/.exec(text)?.[0];

/** The consent that a model read: the token and the words that a user would reply; undefined if the host hid them. */
function consentIn(text) {
  const token = /confirmation_token[^A-Za-z0-9_-]+([A-Za-z0-9_-]{20,})/.exec(text)?.[1];
  const reply = /reply with \W*"([^"\\]+)/.exec(text)?.[1];
  return token && reply ? { confirmation_token: token, user_reply: reply } : undefined;
}

/** The main job. `args` sees only what the model has read; undefined: the step cannot be made. */
export const STEPS = [
  { name: 'list', tool: 'list_machines', args: () => ({ gpu: 'H100' }) },
  { name: 'plan', tool: 'create_pod', args: () => ORDER },
  {
    name: 'consent',
    tool: 'create_pod',
    args: ({ plan }) => {
      const consent = consentIn(plan);
      return consent && { ...ORDER, ...consent };
    },
  },
  { name: 'run', tool: 'list_pods', args: () => ({}) },
  {
    name: 'wait',
    tool: 'wait_for',
    args: ({ run }) => podIn(run) && { ref: podIn(run), timeout_seconds: 20 },
  },
  { name: 'delete', tool: 'delete_pod', args: ({ run }) => podIn(run) && { pod: podIn(run) } },
  {
    name: 'deleted',
    tool: 'delete_pod',
    args: ({ run, delete: plan }) => {
      const consent = consentIn(plan);
      return consent && { pod: podIn(run), ...consent };
    },
  },
];

/** A host's own search for tools that it does not offer at once. */
const isSearch = ({ name }) => /^tool_?search$/i.test(name ?? '');
/** A host's own way to wait for servers that were not ready when it began. */
const isWait = ({ name }) => /^WaitForMcpServers$/i.test(name ?? '');

/**
 * A model on loopback that plays the steps in whatever API it is asked, and keeps what it read. The host believes that
 * it is a real one; nothing leaves this machine.
 */
export async function startModel() {
  const read = {};
  const calls = [];
  const skipped = {};
  let replies = 0;
  let isOver = false;
  let step = null;

  /** Keeps the call in its place of the conversation. */
  function issue(place, call) {
    calls[place] = call;
    step = call.step;
    return call;
  }

  /** The call after `results` results; the same again if a host repeats its request. */
  function next({ tools, results }) {
    for (const [at, text] of results.entries()) if (calls[at]) read[calls[at].step] = text;
    if (calls[results.length]) return calls[results.length];
    const used = calls.slice(0, results.length);
    for (const { name, tool, args } of STEPS) {
      if (skipped[name] || used.some((call) => call.step === name)) continue;
      const given = args({ plan: '', run: '', delete: '', ...read });
      const offered = tools.find(
        (one) => one.name === tool || new RegExp(`[_./:-]${tool}$`).test(one.name ?? ''),
      );
      const search = tools.find(isSearch);
      const wait = tools.find(isWait);
      const waited = used.some((call) => call.step === 'wait for servers');
      const searched = used.some((call) => call.step === `search ${tool}`);
      if (!given) skipped[name] = 'the model did not read what it needs';
      else if (offered) return issue(results.length, { step: name, ...offered, args: given });
      else if (wait && !waited)
        return issue(results.length, { step: 'wait for servers', name: wait.name, args: {} });
      else if (searched)
        return issue(results.length, { step: name, name: `mcp__gpu-cloud__${tool}`, args: given });
      else if (search) {
        const query = { query: `select:mcp__gpu-cloud__${tool}`, max_results: 5 };
        return issue(results.length, { step: `search ${tool}`, name: search.name, args: query });
      } else skipped[name] = 'the tool is not offered';
    }
    isOver = true;
    return null;
  }

  const server = createServer(async (request, response) => {
    let text = '';
    for await (const piece of request) text += piece;
    const path = (request.url ?? '').split('?')[0];
    const send = (status, type, body) => response.writeHead(status, { 'content-type': type }).end(body);
    const json = (value) => send(200, 'application/json', JSON.stringify(value));
    if (/count_?tokens$/i.test(path)) return json({ input_tokens: 1, totalTokens: 1 });
    if (path.endsWith('/models'))
      return json({ object: 'list', data: [{ id: 'scripted', object: 'model' }] });
    const dialect = request.method === 'POST' ? DIALECTS.find(({ fits }) => fits(path)) : undefined;
    if (dialect === undefined) return send(404, 'application/json', '{"error":{"message":"not found"}}');
    const body = JSON.parse(text);
    const seen = dialect.read(body);
    replies += 1;
    // Hosts ask side questions without tools, for a title for instance.
    const call = seen.tools.length === 0 ? null : next(seen);
    const { type, body: reply } = dialect.write(body, call, 'The job is over.', replies, path);
    return send(200, type, reply);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    read,
    skipped,
    /** Whether the model said its last words. */
    isOver: () => isOver,
    /** Forgets that nothing could be called, for a host that began without our tools and is asked again. */
    again() {
      for (const name of Object.keys(skipped)) delete skipped[name];
      isOver = false;
    },
    /** The step of the last call that the model made; null before the first. */
    step: () => step,
    close: () => server.close(),
    closeAll: () => server.closeAllConnections(),
  };
}
