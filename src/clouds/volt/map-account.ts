import type { ApiKey, DockerCredential, SshKey, Template } from '../../core/model.ts';
import { formatRef } from '../../core/ref.ts';
import { clean, cleanOrNull } from '../../core/text.ts';
import { utc } from './map.ts';
import type { ApiKeyWire, CredentialWire, SshKeyWire, TemplateWire } from './wire.ts';

const TAIL_OF_KEY = 12;
const TAIL_OF_API_KEY = 4;
const MAX_PUBLIC_KEY = 2000;

/** A public key as its type and the last 12 characters of its data: enough to recognise, short enough for a list. */
export function shortKey(publicKey: string | null): string | null {
  if (publicKey === null) return null;
  const [type = '', data = ''] = clean(publicKey, MAX_PUBLIC_KEY).split(' ');
  return data === '' ? clean(type, 40) : `${clean(type, 40)} …${data.slice(-TAIL_OF_KEY)}`;
}

/** An SSH key; `shorten` in lists, where the cloud may cut keys short itself. */
export const toSshKey = (key: SshKeyWire, shorten: boolean): SshKey => ({
  ref: formatRef('volt', 'ssh_key', key.id),
  cloud: 'volt',
  id: key.id,
  name: cleanOrNull(key.name),
  public_key: shorten ? shortKey(key.public_key) : cleanOrNull(key.public_key, MAX_PUBLIC_KEY),
  fingerprint_sha256: cleanOrNull(key.fingerprint, 100),
  fingerprint_derived: false,
  created_at_utc: utc(key.created_at),
});

/** A template; of its environment variables only the names. */
export const toTemplate = (template: TemplateWire): Template => ({
  ref: formatRef('volt', 'template', template.id),
  cloud: 'volt',
  id: template.id,
  name: cleanOrNull(template.name),
  image: cleanOrNull(template.image, 300),
  category: cleanOrNull(template.category, 80),
  description: cleanOrNull(template.description, 300),
  is_system: template.is_system,
  docker_credential:
    template.docker_credential_id === null
      ? null
      : formatRef('volt', 'docker_credential', clean(template.docker_credential_id, 256)),
  ports: template.ports,
  env_var_names: template.env_vars?.map((name) => clean(name, 100)) ?? null,
  created_at_utc: utc(template.created_at),
});

/** A registry login without its password, which no reply carries. */
export const toCredential = (credential: CredentialWire): DockerCredential => ({
  ref: formatRef('volt', 'docker_credential', credential.id),
  cloud: 'volt',
  id: credential.id,
  name: cleanOrNull(credential.name),
  registry: cleanOrNull(credential.registry),
  username: cleanOrNull(credential.username),
  created_at_utc: utc(credential.created_at),
});

const MAX_PREVIEW = 40;

/** Whether a preview such as `volt_...x7f2` may be this key: its last four characters; null where it shows fewer. */
function mayBe(preview: string | null, ownKey: string): boolean | null {
  const [shown = ''] = /[A-Za-z0-9_-]*$/.exec((preview ?? '').slice(-MAX_PREVIEW)) ?? [];
  return shown.length < TAIL_OF_API_KEY
    ? null
    : shown.slice(-TAIL_OF_API_KEY) === ownKey.slice(-TAIL_OF_API_KEY);
}

/** An API key by its preview. `in_use` true means "may be the key of this server": four characters is all there is. */
export const toApiKey = (key: ApiKeyWire, ownKey: string): ApiKey => ({
  ref: formatRef('volt', 'api_key', key.id),
  cloud: 'volt',
  id: key.id,
  name: cleanOrNull(key.name),
  description: null,
  preview: cleanOrNull(key.key_preview, MAX_PREVIEW),
  in_use: mayBe(key.key_preview, ownKey),
  last_used_at_utc: utc(key.last_used),
  created_at_utc: utc(key.created_at),
});
