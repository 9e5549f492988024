import { ADMIN_HELP } from '../../src/sandbox/admin.ts';
import { driftSchema, noDrift } from '../../src/sandbox/drift.ts';
import { FAULT_KINDS } from '../../src/sandbox/faults.ts';
import { between, table } from './markdown.ts';

const KINDS: Readonly<Record<(typeof FAULT_KINDS)[number], string>> = {
  delay: 'waits `delay_ms`, then goes on as usual',
  drop_before: 'breaks the connection; nothing was done',
  drop_after_commit: 'does the work, then breaks the connection instead of answering',
  error_before: 'answers `status` (500); nothing was done',
  error_after_commit: 'does the work, then answers `status` (500)',
  rate_limit: 'answers 429 with `retry_after` (60); nothing was done',
  html: 'answers an HTML page with `status` (502); nothing was done',
  hang: 'never answers; nothing was done',
  failed_envelope: 'answers 200 with a body that says it failed; nothing was done',
  garbage_json: 'does the work, then answers JSON that breaks off',
  late_listing: 'what the request creates is listed only `seconds` later (sandbox seconds)',
};

const code = (text: string): string => `\`${text}\``;

const endpoints = (): string =>
  table(
    ['endpoint', 'body and meaning'],
    Object.entries(ADMIN_HELP.endpoints).map(([endpoint, meaning]) => [code(endpoint), meaning]),
  );

const kinds = (): string =>
  table(
    ['kind', 'what it does'],
    FAULT_KINDS.map((kind) => [code(kind), KINDS[kind]]),
  );

function drift(): string {
  const defaults = Object.entries(noDrift());
  const shape: Readonly<Record<string, { description?: string | undefined }>> = driftSchema.shape;
  return table(
    ['switch', 'default', 'meaning'],
    defaults.map(([name, value]) => [code(name), code(String(value)), shape[name]?.description ?? '']),
  );
}

/** docs/sandbox.md with its tables renewed. */
export const sandboxPage = (page: string): string =>
  between(between(between(page, 'endpoints', endpoints()), 'fault-kinds', kinds()), 'drift', drift());
