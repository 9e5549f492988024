import { describe, expect, it } from 'vitest';
import { cutShort } from '../../src/clouds/notes.ts';
import type { Cloud, Io } from '../../src/core/cloud.ts';
import { fakeNebula, ok } from './nebula/fake.ts';
import * as doc from './volt/documented.ts';
import * as account from './volt/documented-account.ts';
import { failure, fakeVolt, io } from './volt/fake.ts';

type List = (cloud: Cloud) => ((io: Io) => Promise<readonly { id: string }[]>) | undefined;

/** Each list of Volt: its route, its documented reply, the name of its rows there. */
const LISTS: [string, string, Record<string, unknown>, string, List][] = [
  ['pods', 'GET /pods', doc.LIST_PODS, 'pods', (cloud) => cloud.pods.list],
  ['jobs', 'GET /fine-tuning', doc.JOBS, 'jobs', (cloud) => cloud.jobs?.list],
  ['SSH keys', 'GET /ssh-keys', account.SSH_KEYS, 'ssh_keys', (cloud) => cloud.sshKeys?.list],
  ['templates', 'GET /templates', account.TEMPLATES, 'templates', (cloud) => cloud.templates?.list],
  [
    'credentials',
    'GET /docker-credentials',
    account.CREDENTIALS,
    'credentials',
    (cloud) => cloud.dockerCredentials?.list,
  ],
  ['API keys', 'GET /api-keys', account.API_KEYS, 'api_keys', (cloud) => cloud.apiKeys?.list],
];

const read = async (route: string, body: unknown, list: List, purpose: Io['purpose']) => {
  const { volt } = fakeVolt({ [route]: body });
  const rows = await list(volt)?.({ ...io(), purpose });
  return rows?.map(({ id }) => id);
};

describe('a list that is read for the gate', () => {
  it.each(LISTS)('is complete or fails: %s', async (_name, route, body, key, list) => {
    const rows = body[key];
    if (!Array.isArray(rows)) throw new Error('no rows');
    const ids = rows.map(({ id }) => id);
    expect(await read(route, body, list, 'gate')).toEqual(ids);
    const cutShort = { ...body, total: rows.length + 1 };
    expect(await failure(read(route, cutShort, list, 'gate'))).toMatchObject({ code: 'unexpected_response' });
    expect(await read(route, cutShort, list, undefined)).toEqual(ids);
  });

  it.each([
    ['SSH key', 'GET /ssh-keys', 'total_ssh_keys', 'ssh_keys', (cloud: Cloud) => cloud.sshKeys?.list],
    ['pod', 'GET /computing/instances', 'total_instance', null, (cloud: Cloud) => cloud.pods.list],
  ])('on Nebula is complete or fails: %s', async (noun, route, totalKey, key, list) => {
    const rows = [{ id: 73, key_name: 'laptop', status: 'Running' }];
    const at = (total: number) => {
      const counted = { [totalKey]: total };
      const body = key === null ? ok(rows, counted) : ok({ ...counted, [key]: rows });
      return list(fakeNebula({ [route]: body }).cloud);
    };
    const gate: Io = { ...io(), purpose: 'gate' };
    expect(await at(1)?.(gate)).toMatchObject([{ id: '73' }]);
    expect(await failure(at(2)?.(gate) ?? Promise.resolve())).toMatchObject({
      code: 'unexpected_response',
      message: cutShort('Nebula', 1, noun),
    });
    const shown = await at(2)?.(io());
    expect(shown).toMatchObject([{ id: '73' }]);
    if (noun === 'pod') expect(shown).toMatchObject([{ warnings: [cutShort('Nebula', 1, noun)] }]);
  });
});
