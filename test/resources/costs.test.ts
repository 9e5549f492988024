import { expect, it } from 'vitest';
import { handlersOf } from '../../src/engine/handlers.ts';
import { createJob } from '../../src/sandbox/volt/jobs.ts';
import { REPLIES_MS, watchRequests } from '../../testbed/costs.ts';
import { READINGS } from '../../testbed/readings.ts';
import { openTestbed, type Testbed } from '../../testbed/testbed.ts';

/** Longer than any reading is kept, seconds. */
const FORGOTTEN_S = 120;

/** What these readings cost, nothing of the one before kept. */
async function measured(testbed: Testbed, replyMs: number, readings: typeof READINGS) {
  const { world, runtime } = testbed;
  const handlers = handlersOf(runtime);
  const ids: Record<string, string> = {
    $volt: world.addPod('volt'),
    $nebula: world.addPod('nebula'),
    $job: createJob(world, { taskType: 'text', name: 'bot', model: 'a/b', dsRepo: 'a/c', hours: 2 }, 0).id,
  };
  const watch = watchRequests(world, replyMs);
  const found: (typeof READINGS)[number][] = [];
  for (const { of } of readings) {
    world.clock.advance(FORGOTTEN_S);
    if ('uri' in of) {
      const uri = of.uri.replace(/\$\w+/, (name) => ids[name] ?? name);
      await handlers.readResource(uri, AbortSignal.timeout(60_000));
    } else await handlers.complete(of);
    found.push({ of, requests: watch.take() });
  }
  return found;
}

it('every resource and completion costs the requests that its row says, one round trip if no detail is needed', {
  timeout: 120_000,
}, async () => {
  const rowOf = (one: unknown) => JSON.stringify(one);
  const said = new Set(READINGS.map(rowOf));
  let wrong: typeof READINGS = READINGS;
  // A busy machine needs longer replies to show that requests were sent side by side.
  for (const replyMs of REPLIES_MS) {
    const testbed = await openTestbed();
    wrong = (await measured(testbed, replyMs, wrong)).filter((one) => !said.has(rowOf(one)));
    await testbed.close();
    if (wrong.length === 0) break;
  }
  expect(wrong).toEqual([]);
});

it('no resource, prompt argument or template variable is left out of that table', async () => {
  const testbed = await openTestbed();
  const handlers = handlersOf(testbed.runtime);
  const rows = READINGS.map(({ of }) =>
    'uri' in of
      ? of.uri.replace(/\/(?:volt|nebula)\/pod\/\$\w+/, '/{cloud}/pod/{id}').replace('$job', '{id}')
      : `${'name' in of.ref ? of.ref.name : of.ref.uri} ${of.argument.name}`,
  );
  const { resourceTemplates } = handlers.listResourceTemplates();
  const variables = resourceTemplates.flatMap(({ uriTemplate }) =>
    [...uriTemplate.matchAll(/\{(\w+)\}/g)].map(([, name]) => `${uriTemplate} ${name}`),
  );
  const all = [
    ...handlers.listResources().resources.map(({ uri }) => uri),
    ...resourceTemplates.map(({ uriTemplate }) => uriTemplate),
    ...handlers
      .listPrompts()
      .prompts.flatMap(({ name, arguments: args }) => args.map((one) => `${name} ${one.name}`)),
    ...variables,
  ];
  await testbed.close();
  expect([...new Set(rows)].toSorted()).toEqual(all.toSorted());
});
