import { describe, expect, it } from 'vitest';
import { agrees, NEBULA_POD, startHarness, TARGON_POD, TEXT_JOB, VOLT_POD } from '../harness.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEX6n2tiBhSCMB1KLFmsKxiZ0dWbVTWJYnZoAz2tJj3i me';
const TEMPLATE = { name: 'mine', image: 'a/b:1' };
const CREDENTIAL = { name: 'c', registry: 'ghcr.io', username: 'u', password: 'pw' };
const SYSTEM = 'volt:template:tpl_pytorch21';
const IMAGE = 'data:image/png;base64,iVBORw0KGgo=';
const PNG = 'iVBORw0KGgo=';
/** A PNG, as far as its first bytes say, of so many base64 characters. */
const bytes = (length: number): string => `iVBORw0KGgoA${'A'.repeat(length - 12)}`;
const CHAT = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

/** Each rule about input once: the tool, what breaks the rule, and the field that the error names. */
const RULES: [string, Record<string, unknown>, string, string?][] = [
  ...['', ' a', 'a ', 'a  b', 'a/b', 'ä', 'x'.repeat(65), 'a\nb', '"', 'a?'].flatMap(
    (name): [string, Record<string, unknown>, string][] => [
      ['create_pod', { ...NEBULA_POD, name }, 'name'],
      ['create_pod', { ...VOLT_POD, name }, 'name'],
      ['submit_finetune', { ...TEXT_JOB, name }, 'name'],
    ],
  ),
  ['create_pod', { ...VOLT_POD, gpu_count: 0 }, 'gpu_count'],
  ['create_pod', { ...VOLT_POD, gpu_count: 1.5 }, 'gpu_count'],
  ['create_pod', { ...VOLT_POD, volume_gb: 0.5 }, 'volume_gb'],
  ['create_pod', { ...TARGON_POD, resource_name: 'h200 small' }, 'resource_name'],
  ['create_pod', { ...TARGON_POD, image: 'a b' }, 'image'],
  ['create_pod', { ...NEBULA_POD, ssh_keys: [] }, 'ssh_keys'],
  ['create_pod', { ...NEBULA_POD, ssh_keys: ['nebula:ssh_key:0x49'] }, 'ssh_keys'],
  ['update_pod', { pod: 'volt:pod:pod_none' }, 'name, add_ssh_keys'],
  ['update_pod', { pod: 'volt:pod:pod_none', name: 'a/b' }, 'name'],
  ...['text2', '', 'custom_dpo', 'custom_grpo', 'TEXTS', 'constructor'].map(
    (task_type): [string, Record<string, unknown>, string] => [
      'submit_finetune',
      { ...TEXT_JOB, task_type },
      'task_type',
    ],
  ),
  ...[0, -1, 1000.5].map((hours): [string, Record<string, unknown>, string] => [
    'submit_finetune',
    { ...TEXT_JOB, hours },
    'hours',
  ]),
  ...['support-qa', 'a/b/c', 'https://huggingface.co/datasets/a/b', '../x', 'a/..', 'a b/c'].flatMap(
    (repo): [string, Record<string, unknown>, string][] => [
      ['submit_finetune', { ...TEXT_JOB, dataset_repo: repo }, 'dataset_repo'],
      ['submit_finetune', { ...TEXT_JOB, model: repo }, 'model'],
    ],
  ),
  ['submit_finetune', { ...TEXT_JOB, task_type: 'grpo', chat_template: 'qwen25' }, 'chat_template'],
  ['submit_finetune', { ...TEXT_JOB, task_type: 'image', image_model_type: 'flux.1' }, 'image_model_type'],
  ['submit_finetune', { ...TEXT_JOB, task_type: 'dpo' }, 'field_prompt'],
  ['submit_finetune', { ...TEXT_JOB, field_output: 'x'.repeat(101) }, 'field_output'],
  ['submit_finetune', { ...TEXT_JOB, webhook_url: 'https://127.1/' }, 'webhook_url'],
  ...['', 'hello', '-----BEGIN OPENSSH PRIVATE KEY-----\nabc', 'ssh-ed25519', `${KEY}\n${KEY}`].flatMap(
    (public_key): [string, Record<string, unknown>, string][] =>
      ['volt', 'nebula'].map((cloud) => ['add_ssh_key', { cloud, name: 'x', public_key }, 'public_key']),
  ),
  ['add_ssh_key', { cloud: 'volt', name: '', public_key: KEY }, 'name'],
  ['create_template', { ...TEMPLATE, name: '' }, 'name'],
  ['create_template', { ...TEMPLATE, image: '' }, 'image'],
  ['create_template', { name: 'mine' }, 'image'],
  [
    'create_template',
    { ...TEMPLATE, docker_credential: 'volt:docker_credential:cred_none' },
    'docker_credential',
  ],
  ['update_template', { template: SYSTEM }, 'at least one'],
  ['update_template', { template: SYSTEM, name: 'x' }, 'system template', 'unsupported'],
  ['delete_template', { template: SYSTEM }, 'system template', 'unsupported'],
  ['add_docker_credential', { ...CREDENTIAL, name: '' }, 'name'],
  ['add_docker_credential', { ...CREDENTIAL, registry: '' }, 'registry'],
  ['add_docker_credential', { ...CREDENTIAL, username: '' }, 'username'],
  ['add_docker_credential', { ...CREDENTIAL, password: '' }, 'password'],
  ['create_api_key', { cloud: 'volt', name: '' }, 'name'],
  ['create_api_key', { cloud: 'volt', name: 'x', description: 'y' }, 'description'],
  ...['http://e.org/a.png', 'file:///etc/passwd', 'data:text/html;base64,AAAA', 'javascript:1', 'x'].map(
    (url): [string, Record<string, unknown>, string] => [
      'generate_text',
      { ...CHAT, image_urls: [url] },
      'image_urls',
    ],
  ),
  ['generate_text', { ...CHAT, image_urls: ['https://u:p@e.org/'] }, 'image_urls'],
  ['generate_text', { ...CHAT, image_urls: [`https://e.org/${'a'.repeat(3000)}`] }, 'image_urls'],
  ['generate_text', { ...CHAT, image_urls: Array(9).fill(IMAGE) }, 'image_urls'],
  [
    'generate_text',
    { model: 'm', messages: [{ role: 'system', content: 'x' }], image_urls: [IMAGE] },
    'image_urls',
  ],
  ['generate_text', { model: 'm', messages: [] }, 'messages'],
  ['generate_image', { model: 'm', prompt: 'p', image: 'x' }, 'image: must be a PNG'],
  ['generate_image', { model: 'm', prompt: 'p', image: PNG, mask: 'x' }, 'mask: must be a PNG'],
  ['generate_image', { model: 'm', prompt: 'p', mask: PNG }, 'image: needed'],
  ['generate_image', { model: 'm', prompt: 'p', image: bytes(8_000_001) }, 'image: all images of one call'],
  ['generate_image', { model: 'm', prompt: 'p', image: PNG, mask: bytes(8_000_001) }, 'mask: all images'],
  ['generate_image', { model: 'm', prompt: 'p', image: bytes(5e6), mask: bytes(5e6) }, 'at most together'],
  ['generate_text', { ...CHAT, image_urls: [`${IMAGE}${bytes(8e6)}`] }, 'image_urls.0: all images of one'],
  ['generate_text', { ...CHAT, image_urls: Array(2).fill(`${IMAGE}${bytes(5e6)}`) }, 'image_urls: all im'],
];

describe('a call that a rule forbids', () => {
  it('is refused by an error that names the field; nothing is asked or sent', async () => {
    const { call, asked, writes, logs } = await startHarness({ elicit: agrees });
    for (const [tool, args, field, code = 'invalid_input'] of RULES) {
      const { structured, text } = await call(tool, args);
      const what = `${tool} ${JSON.stringify(args).slice(0, 200)}`;
      expect(structured.error?.code, `${what}: ${text} ${JSON.stringify(logs.at(-1))}`).toBe(code);
      expect(structured.error?.message, what).toContain(field);
      expect(structured.error?.hint, what).toMatch(/\w+ \w+/);
    }
    expect(asked).toEqual([]);
    expect(writes()).toEqual([]);
  });
});
