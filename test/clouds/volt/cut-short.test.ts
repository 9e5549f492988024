import { expect, it } from 'vitest';
import { cutShort } from '../../../src/clouds/notes.ts';
import * as doc from './documented.ts';
import { failure, fakeVolt, io } from './fake.ts';

const [ROW] = doc.LIST_PODS.pods;

it('a list cut short is refused to a write: what is missing may cost money too', async () => {
  const { volt } = fakeVolt({ 'GET /pods': { pods: [ROW], total: 40 } });
  expect(await volt.pods.list(io())).toHaveLength(1);
  expect(await failure(volt.pods.list({ ...io(), purpose: 'gate' }))).toMatchObject({
    code: 'unexpected_response',
    message: cutShort('Volt', 39, 'pod'),
  });
});
