import type { Cloud } from '../core/cloud.ts';
import type { Clouds } from '../core/context.ts';
import { type ListedResource, listFixed, listThings } from '../resources/index.ts';
import { toolContext } from './context.ts';
import type { Runtime } from './runtime.ts';

/** What resources/list shows of the clouds without asking them. */
export interface ResourceList {
  /** The fixed resources and the pods and jobs of the last look; starts a new look if that is too old. */
  rows(): ListedResource[];
}

/** How long the rows of a look are good, milliseconds. */
const FRESH_MS = 60_000;
/** How long one look may take, milliseconds. */
const LOOK_MS = 60_000;

const onlyCloud = (clouds: Clouds, cloud: Cloud): Clouds => ({
  ids: [cloud.id],
  knows: clouds.knows,
  get: clouds.get,
  all: () => [cloud],
});

/**
 * Keeps the rows of pods and jobs for a runtime. Hosts give a server a second or two for this list, so it waits for no
 * cloud: a look in the background, shared by all who ask meanwhile, tells through `list_changed` what it found. A cloud
 * that hangs does not hold back the rows of another; one that cannot be read has none.
 */
export function createResourceList(runtime: Runtime): ResourceList {
  const { clouds, poller } = runtime;
  const known = new Map<Cloud['id'], ListedResource[]>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let isLooking = false;
  let isAnnouncing = false;

  // A write of ours, or a change that the poller saw: the rows are old, whatever their age.
  poller.onListChange(() => {
    if (!isAnnouncing) lookedAt = Number.NEGATIVE_INFINITY;
  });

  const announce = () => {
    isAnnouncing = true;
    poller.announceListChange();
    isAnnouncing = false;
  };

  const lookAt = async (cloud: Cloud): Promise<void> => {
    const ctx = toolContext(runtime, AbortSignal.timeout(LOOK_MS), () => {});
    const rows = await listThings({
      ...ctx,
      clouds: onlyCloud(clouds, cloud),
      io: { ...ctx.io, purpose: 'poll' },
    });
    const before = JSON.stringify(known.get(cloud.id) ?? []);
    known.set(cloud.id, rows);
    if (JSON.stringify(rows) !== before) announce();
  };

  const look = async (): Promise<void> => {
    isLooking = true;
    lookedAt = runtime.now().getTime();
    await Promise.allSettled(clouds.all().map(lookAt));
    isLooking = false;
  };

  return {
    rows() {
      if (!isLooking && runtime.now().getTime() - lookedAt >= FRESH_MS) void look();
      return [...listFixed(clouds), ...clouds.all().flatMap(({ id }) => known.get(id) ?? [])];
    },
  };
}
