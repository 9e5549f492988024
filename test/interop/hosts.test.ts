import { expect, it } from 'vitest';
import { STEPS } from '../../scripts/hosts/model.mjs';
import { FORM, factsOn } from '../../scripts/hosts/person.mjs';
import { agrees, startHarness } from '../harness.ts';

/** Plays the steps of `npm run hosts` but the wait; what the model read of each. */
async function play(call: (tool: string, args: Record<string, unknown>) => Promise<{ text: string }>) {
  const read: Record<string, string> = {};
  for (const { name, tool, args } of STEPS) {
    const given = args({ plan: '', run: '', delete: '', ...read });
    if (given === undefined) continue;
    read[name] = name === 'wait' ? JSON.stringify(given) : (await call(tool, given)).text;
  }
  return read;
}

it('the scripted model of npm run hosts finds token, words and refs in what a model reads', async () => {
  const { call, writes } = await startHarness();
  const read = await play(call);
  expect(Object.keys(read)).toEqual(STEPS.map(({ name }) => name));
  expect(read.list).toContain('volt:machine:mach_h100_03');
  expect(read.wait).toMatch(/volt:pod:/);
  expect(writes().map(({ method }) => method)).toEqual(['POST', 'DELETE']);
});

it('the person of npm run hosts knows our forms, which show what has to be seen', async () => {
  const forms: string[] = [];
  const { call, writes } = await startHarness({
    elicit: (message, ...rest) => {
      forms.push(message);
      return agrees(message, ...rest);
    },
  });
  await play(call);
  expect(writes()).toHaveLength(2);
  expect(forms.map((screen) => FORM.exec(screen)?.[1])).toEqual(['2.39', 'host-check']);
  for (const [at, step] of ['plan', 'delete'].entries())
    expect(factsOn({ step, screen: forms[at] ?? '' })).toMatchObject({ hides: [], cut: null });
});
