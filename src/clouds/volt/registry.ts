import type { DockerCredentialOps, Io, TemplateChange, TemplateOps } from '../../core/cloud.ts';
import { GpuError } from '../../core/errors.ts';
import type { Template } from '../../core/model.ts';
import type { Request } from '../../outbound/send.ts';
import { ENDPOINTS } from './endpoints.ts';
import { lookingFor } from './explain.ts';
import { toCredential, toTemplate } from './map-account.ts';
import { CREDENTIAL_NOTES, TEMPLATE_NOTES } from './notes.ts';
import { missing, nameProblems, refuseAll } from './problems.ts';
import { toReply } from './reply.ts';

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
 * The templates of a Volt account (Volt API Reference, Templates). System templates cannot be deleted; whether they
 * can be changed is documented nowhere, and we refuse it.
 */
export function voltTemplates(request: Request): TemplateOps {
  const read = async (io: Io, id: string): Promise<Template> =>
    toTemplate(await lookingFor('template', id, request(ENDPOINTS.getTemplate, io, { params: { id } })));

  const refuseSystem = async (io: Io, id: string): Promise<void> => {
    const template = await read(io, id);
    if (template.is_system !== true) return;
    throw new GpuError('unsupported', 'System templates belong to Volt and cannot be changed or deleted.', {
      hint: 'Make an own template with create_template.',
      cloud: 'volt',
    });
  };

  return {
    async list(io) {
      const rows = await request(ENDPOINTS.listTemplates, io);
      return rows.map(toTemplate);
    },
    get: read,
    // Volt API Reference, Templates: "Update a custom template's name, image, ports, or environment variables".
    changeable: ['name', 'image', 'ports', 'env_vars'],
    async create(io, template) {
      const image = missing({ image: template.image }, 'needed');
      refuseAll([...nameProblems(template.name), ...image], 'This template cannot be created.');
      return toTemplate(await request(ENDPOINTS.createTemplate, io, { body: templateBody(template) }));
    },
    async update(io, id, change) {
      const body = templateBody(change);
      const nothing = { field: TEMPLATE_FIELDS.join(', '), why: 'at least one is needed' };
      refuseAll(Object.keys(body).length === 0 ? [nothing] : [], 'There is nothing to change.');
      await refuseSystem(io, id);
      const reply = request(ENDPOINTS.updateTemplate, io, { params: { id }, body });
      return toTemplate(await lookingFor('template', id, reply));
    },
    async delete(io, id) {
      await refuseSystem(io, id);
      const reply = request(ENDPOINTS.deleteTemplate, io, { params: { id } });
      return toReply(await lookingFor('template', id, reply), []);
    },
    notes: TEMPLATE_NOTES,
  };
}

/** The registry logins of a Volt account (Volt API Reference, Docker Credentials). */
export const voltCredentials = (request: Request): DockerCredentialOps => ({
  async list(io) {
    const rows = await request(ENDPOINTS.listCredentials, io);
    return rows.map(toCredential);
  },
  async get(io, id) {
    const call = request(ENDPOINTS.getCredential, io, { params: { id } });
    return toCredential(await lookingFor('docker_credential', id, call));
  },
  async add(io, { name, registry, username, password }) {
    const fields = missing({ registry, username, password }, 'needed');
    refuseAll([...nameProblems(name), ...fields], 'This credential cannot be added.');
    return toCredential(
      await request(ENDPOINTS.addCredential, io, { body: { name, registry, username, password } }),
    );
  },
  async delete(io, id) {
    const call = request(ENDPOINTS.deleteCredential, io, { params: { id } });
    return toReply(await lookingFor('docker_credential', id, call), []);
  },
  notes: CREDENTIAL_NOTES,
});
