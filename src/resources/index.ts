import type { Cloud, Clouds } from '../core/cloud.ts';
import type { ToolContext } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import type { Target, WatchKind } from '../core/live.ts';
import { refOfUri, refUri } from '../core/ref.ts';
import { FAMILIES, type Offering, RESOURCES, type Resource, type ResourceFamily } from './resource.ts';

const isOffered = ({ clouds, tools }: Offering, { needs, tool }: Pick<Resource, 'needs' | 'tool'>): boolean =>
  tools.has(tool) && clouds.all().some(needs);

/** The fixed resources of this server. */
export const selectResources = (offering: Offering): Resource[] =>
  RESOURCES.filter((resource) => isOffered(offering, resource));

/** The resource families of this server. */
export const selectFamilies = (offering: Offering): ResourceFamily[] =>
  FAMILIES.filter((family) => isOffered(offering, family));

/** The URI template of a family, with the clouds that have such things. */
export const uriTemplateOf = (clouds: Clouds, { uriTemplate, needs }: ResourceFamily): string =>
  uriTemplate(
    clouds
      .all()
      .filter(needs)
      .map(({ id }) => id),
  );

/** One row of a resource list. */
export interface ListedResource {
  uri: string;
  name: string;
  title?: string;
  description: string;
}

/** The rows of the fixed resources. Asks no cloud. */
export const listFixed = (offering: Offering): ListedResource[] =>
  selectResources(offering).map(({ uri, name, title, description }) => ({ uri, name, title, description }));

/** The rows of a family's live things, as the clouds show them now. Rejects if no cloud can be read. */
export async function listThings(ctx: ToolContext, family: ResourceFamily): Promise<ListedResource[]> {
  const things = await family.list(ctx);
  return things.map(({ ref, name, description }) => ({ uri: refUri(ref), name, description }));
}

const unknownUri = (): GpuError =>
  new GpuError('not_found', 'There is no resource at this URI.', {
    hint: 'See resources/list and resources/templates/list.',
  });

type Found =
  | { kind: 'fixed'; resource: Resource }
  | { kind: 'thing'; family: ResourceFamily; cloud: Cloud; id: string };

function findByUri(offering: Offering, uri: string): Found {
  const { clouds } = offering;
  const resource = selectResources(offering).find((fixed) => fixed.uri === uri.toLowerCase());
  if (resource !== undefined) return { kind: 'fixed', resource };
  const [cloudId = '', kind, ...id] = refOfUri(uri)?.split(':') ?? [];
  const family = selectFamilies(offering).find((candidate) => candidate.kind === kind);
  if (family === undefined) throw unknownUri();
  if (!clouds.knows(cloudId)) throw unknownUri();
  const cloud = clouds.get(cloudId);
  if (!family.needs(cloud)) throw unknownUri();
  return { kind: 'thing', family, cloud, id: id.join(':') };
}

/** Reads one resource. @throws GpuError `not_found` for an unknown URI */
export async function readResource(offering: Offering, ctx: ToolContext, uri: string): Promise<object> {
  const found = findByUri(offering, uri);
  return found.kind === 'fixed' ? found.resource.read(ctx) : found.family.read(ctx, found.cloud, found.id);
}

const hasKind = (cloud: Cloud, kind: WatchKind): boolean => kind !== 'job' || cloud.jobs !== undefined;

/** The targets to watch for changes of a resource. @throws GpuError `not_found` as `readResource` */
export function targetsOf(offering: Offering, uri: string): Target[] {
  const found = findByUri(offering, uri);
  if (found.kind === 'thing') return [{ cloud: found.cloud.id, kind: found.family.kind, id: found.id }];
  return found.resource.follows.flatMap((kind) =>
    offering.clouds
      .all()
      .filter((cloud) => hasKind(cloud, kind))
      .map((cloud) => ({ cloud: cloud.id, kind, id: null })),
  );
}
