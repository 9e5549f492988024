import type { Cloud } from '../core/cloud.ts';
import { type ListedResource, listFixed, listThings, selectFamilies } from '../resources/index.ts';
import type { ResourceFamily } from '../resources/resource.ts';
import { onlyCloud, toolContext } from './context.ts';
import type { Runtime } from './runtime.ts';

/** The rows of resources/list, kept so that the list does not wait for a cloud. */
interface ResourceList {
  /** The fixed resources, and the pods and jobs of the last reading; starts a new reading if that is too old. */
  rows(): ListedResource[];
}

/** Max age of rows before they are read again, milliseconds. */
const FRESH_MS = 60_000;
/** Max time of one reading, milliseconds. */
const READ_MS = 60_000;

/**
 * Keeps the rows of pods and jobs for a runtime. Hosts give a server a second or two for this list, so it does not wait
 * for a cloud: a reading in the background, shared by all who ask meanwhile, sends `list_changed` if rows changed. A cloud
 * that hangs does not delay the rows of another; one that cannot be read keeps those of its last reading.
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
  let readAt = Number.NEGATIVE_INFINITY;
  let isReading = false;
  let isAnnouncing = false;

  // After our own write, or a change that the poller saw, the rows are stale at any age.
  poller.onListChange(() => {
    if (!isAnnouncing) readAt = Number.NEGATIVE_INFINITY;
  });

  const announce = () => {
    isAnnouncing = true;
    poller.announceListChange();
    isAnnouncing = false;
  };

  const keyOf = (cloud: Cloud, family: ResourceFamily) => `${cloud.id} ${family.kind}`;

  const readFamily = async (cloud: Cloud, family: ResourceFamily): Promise<void> => {
    const ctx = toolContext(runtime, { signal: AbortSignal.timeout(READ_MS) }, { purpose: 'poll' });
    const found = await listThings({ ...ctx, clouds: onlyCloud(clouds, cloud) }, family);
    // A cloud may list the same things in another order each time.
    const rows = found.toSorted((a, b) => (a.uri < b.uri ? -1 : 1));
    const before = JSON.stringify(known.get(keyOf(cloud, family)) ?? []);
    known.set(keyOf(cloud, family), rows);
    if (JSON.stringify(rows) !== before) announce();
  };

  const readAll = async (): Promise<void> => {
    isReading = true;
    readAt = runtime.monotonic();
    await Promise.allSettled(lists.map((list) => readFamily(...list)));
    isReading = false;
  };

  return {
    rows() {
      if (!isReading && runtime.monotonic() - readAt >= FRESH_MS) void readAll();
      return [...listFixed(runtime), ...lists.flatMap((list) => known.get(keyOf(...list)) ?? [])];
    },
  };
}
