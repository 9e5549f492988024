import type { Cloud } from '../core/cloud.ts';
import { type ListedResource, listFixed, listThings, selectFamilies } from '../resources/index.ts';
import type { ResourceFamily } from '../resources/resource.ts';
import { onlyCloud, toolContext } from './context.ts';
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

/**
 * Keeps the rows of pods and jobs for a runtime. Hosts give a server a second or two for this list, so it waits for no
 * cloud: a look in the background, shared by all who ask meanwhile, reports through `list_changed` what it found. A cloud
 * that hangs does not hold back the rows of another; one that cannot be read keeps those of its last look.
 */
export function createResourceList(runtime: Runtime): ResourceList {
  const { clouds, poller } = runtime;
  const known = new Map<string, ListedResource[]>();
  const lists = clouds
    .all()
    .flatMap((cloud) =>
      selectFamilies({ clouds: onlyCloud(clouds, cloud), tools: runtime.tools }).map(
        (family): [Cloud, ResourceFamily] => [cloud, family],
      ),
    );
  let lookedAt = Number.NEGATIVE_INFINITY;
  let isLooking = false;
  let isAnnouncing = false;

  // A write of ours, or a change that the poller saw: the rows are stale at any age.
  poller.onListChange(() => {
    if (!isAnnouncing) lookedAt = Number.NEGATIVE_INFINITY;
  });

  const announce = () => {
    isAnnouncing = true;
    poller.announceListChange();
    isAnnouncing = false;
  };

  const keyOf = (cloud: Cloud, family: ResourceFamily) => `${cloud.id} ${family.kind}`;

  const readFamily = async (cloud: Cloud, family: ResourceFamily): Promise<void> => {
    const ctx = toolContext(runtime, AbortSignal.timeout(LOOK_MS), () => {});
    const io = { ...ctx.io, purpose: 'poll' as const };
    const found = await listThings({ ...ctx, clouds: onlyCloud(clouds, cloud), io }, family);
    // The order is ours: a cloud may list the same things in another one each time.
    const rows = found.toSorted((a, b) => (a.uri < b.uri ? -1 : 1));
    const before = JSON.stringify(known.get(keyOf(cloud, family)) ?? []);
    known.set(keyOf(cloud, family), rows);
    if (JSON.stringify(rows) !== before) announce();
  };

  const look = async (): Promise<void> => {
    isLooking = true;
    lookedAt = runtime.monotonic();
    await Promise.allSettled(lists.map((list) => readFamily(...list)));
    isLooking = false;
  };

  return {
    rows() {
      if (!isLooking && runtime.monotonic() - lookedAt >= FRESH_MS) void look();
      return [...listFixed(runtime), ...lists.flatMap((list) => known.get(keyOf(...list)) ?? [])];
    },
  };
}
