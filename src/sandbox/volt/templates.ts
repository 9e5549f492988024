import * as z from 'zod';
import { VOLT_CODES } from '../constants.ts';
import { endpoint, json, planted, Refusal } from '../endpoint.ts';
import type { World } from '../world.ts';
import { need } from './reply.ts';
import type { VoltTemplate } from './state.ts';

const name = z.string().min(1);
const image = z.string().regex(/^[^\s]+$/, 'must be a Docker image reference');
const ports = z.array(z.int().min(1).max(65_535));
const envVars = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a variable name'), z.string());

const createBody = z.strictObject({
  name,
  image,
  category: z.string().min(1).default('custom'),
  description: z.string().default(''),
  docker_credential_id: z.string().min(1).optional(),
  ports: ports.default([]),
  env_vars: envVars.default({}),
});

const updateBody = z
  .strictObject({
    name: name.optional(),
    image: image.optional(),
    ports: ports.optional(),
    env_vars: envVars.optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'at least one field is required');

function own(world: World, id: string, verb: string): VoltTemplate {
  const template = need(world.volt.templates, 'Template', id);
  if (template.is_system)
    throw new Refusal(400, VOLT_CODES.system_template, `System templates cannot be ${verb}.`);
  return template;
}

function environment(world: World, template: VoltTemplate): Record<string, string> {
  return world.canary === null ? template.env_vars : { ...template.env_vars, SANDBOX_CANARY: world.canary };
}

/** Templates (Volt API Reference, Templates). That system templates cannot be edited is our reading. */
export const templateEndpoints = [
  endpoint({
    method: 'GET',
    path: '/templates',
    run({ world }) {
      const templates = world.volt.templates.map((template) => {
        const { id, name, image, category, is_system, created_at } = template;
        return {
          id,
          name,
          image,
          category,
          is_system,
          description: planted(world, template.description),
          created_at,
        };
      });
      return json(200, { templates, total: templates.length });
    },
  }),
  endpoint({
    method: 'POST',
    path: '/templates',
    body: createBody,
    run({ world, body }) {
      const credential = body.docker_credential_id ?? null;
      if (credential !== null) need(world.volt.credentials, 'docker_credential_id', credential);
      const template: VoltTemplate = {
        ...body,
        id: `tpl_${world.random.text(6)}`,
        is_system: false,
        docker_credential_id: credential,
        created_at: world.clock.iso(),
      };
      world.volt.templates.push(template);
      const { id, name, image, category, is_system, ports, created_at } = template;
      return json(201, { id, name, image, category, is_system, ports, created_at });
    },
  }),
  endpoint({
    method: 'GET',
    path: '/templates/:id',
    run({ world, params: { id = '' } }) {
      const template = need(world.volt.templates, 'Template', id);
      const { name, image, category, is_system, docker_credential_id, ports, created_at } = template;
      const head = {
        id,
        name,
        image,
        category,
        is_system,
        description: planted(world, template.description),
      };
      return json(200, {
        ...head,
        docker_credential_id,
        ports,
        env_vars: environment(world, template),
        created_at,
      });
    },
  }),
  endpoint({
    method: 'PUT',
    path: '/templates/:id',
    body: updateBody,
    run({ world, params, body }) {
      const template = own(world, params.id ?? '', 'changed');
      template.name = body.name ?? template.name;
      template.image = body.image ?? template.image;
      template.ports = body.ports ?? template.ports;
      template.env_vars = body.env_vars ?? template.env_vars;
      const { id, name, image, category, is_system } = template;
      const message = 'Template updated. Existing pods are not affected.';
      return json(200, { id, name, image, category, is_system, message });
    },
  }),
  endpoint({
    method: 'DELETE',
    path: '/templates/:id',
    run({ world, params }) {
      const { id } = own(world, params.id ?? '', 'deleted');
      world.volt.templates = world.volt.templates.filter((template) => template.id !== id);
      const message = 'Template deleted. Existing pods using this template are not affected.';
      return json(200, { id, deleted: true, message });
    },
  }),
];
