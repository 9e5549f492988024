import type { DockerCredentialOps, TemplateChange, TemplateOps } from '../../core/cloud.ts';
import type { DockerCredential, Template } from '../../core/model.ts';
import { formatRef } from '../../core/ref.ts';
import { toReply } from './actions.ts';
import { ENDPOINTS } from './endpoints.ts';
import { rowsOf, withNotFound } from './errors.ts';
import { CREDENTIAL_NOTES, TEMPLATE_NOTES } from './notes.ts';
import type { VoltRequest } from './reading.ts';
import type { CredentialWire, TemplateWire } from './wire.ts';

/** A template; of its environment variables only the names. */
const toTemplate = (template: TemplateWire): Template => ({
  ref: formatRef('volt', 'template', template.id),
  cloud: 'volt',
  id: template.id,
  name: template.name,
  image: template.image,
  category: template.category,
  description: template.description,
  is_system: template.is_system,
  docker_credential:
    template.docker_credential_id === null
      ? null
      : formatRef('volt', 'docker_credential', template.docker_credential_id),
  ports: template.ports,
  env_var_names: template.env_vars,
  created_at_utc: template.created_at?.utc ?? null,
});

/** Fields of a template's body in the order of the reference's example (Templates > POST). */
const TEMPLATE_FIELDS = [
  'name',
  'image',
  'category',
  'description',
  'docker_credential_id',
  'ports',
  'env_vars',
] as const;

const templateBody = (change: TemplateChange): Record<string, unknown> =>
  Object.fromEntries(
    TEMPLATE_FIELDS.flatMap((field) => (change[field] === undefined ? [] : [[field, change[field]]])),
  );

/**
 * The templates of a Volt account (Volt API Reference, Templates). System templates cannot be deleted; the documents do
 * not say whether they can be changed, and the tools refuse both.
 */
export const voltTemplates = (request: VoltRequest): TemplateOps => ({
  async list(io) {
    const listed = await request(ENDPOINTS.listTemplates, io);
    return rowsOf(io, listed, 'templates').map(toTemplate);
  },
  async get(io, id) {
    const call = request(ENDPOINTS.getTemplate, io, { params: { id } });
    return toTemplate(await withNotFound('template', id, call));
  },
  // Volt API Reference, Templates: "Update a custom template's name, image, ports, or environment variables".
  changeable: ['name', 'image', 'ports', 'env_vars'],
  async create(io, template) {
    return toTemplate(await request(ENDPOINTS.createTemplate, io, { body: templateBody(template) }));
  },
  async update(io, id, change) {
    const call = request(ENDPOINTS.updateTemplate, io, { params: { id }, body: templateBody(change) });
    return toTemplate(await withNotFound('template', id, call));
  },
  async delete(io, id) {
    const call = request(ENDPOINTS.deleteTemplate, io, { params: { id } });
    return toReply(await withNotFound('template', id, call), []);
  },
  notes: TEMPLATE_NOTES,
});

/** A registry login without its password, which no reply carries. */
const toCredential = (credential: CredentialWire): DockerCredential => ({
  ref: formatRef('volt', 'docker_credential', credential.id),
  cloud: 'volt',
  id: credential.id,
  name: credential.name,
  registry: credential.registry,
  username: credential.username,
  created_at_utc: credential.created_at?.utc ?? null,
});

/** The registry logins of a Volt account (Volt API Reference, Docker Credentials). */
export const voltCredentials = (request: VoltRequest): DockerCredentialOps => ({
  async list(io) {
    const listed = await request(ENDPOINTS.listCredentials, io);
    return rowsOf(io, listed, 'docker credentials').map(toCredential);
  },
  async get(io, id) {
    const call = request(ENDPOINTS.getCredential, io, { params: { id } });
    return toCredential(await withNotFound('docker_credential', id, call));
  },
  async add(io, { name, registry, username, password }) {
    const body = { name, registry, username, password };
    return toCredential(await request(ENDPOINTS.addCredential, io, { body }));
  },
  async delete(io, id) {
    const call = request(ENDPOINTS.deleteCredential, io, { params: { id } });
    return toReply(await withNotFound('docker_credential', id, call), []);
  },
  notes: CREDENTIAL_NOTES,
});
