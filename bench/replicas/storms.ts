import { setTimeout as pause } from 'node:timers/promises';
import type { Link } from '../../testbed/link.ts';
import type { Cluster } from '../../testbed/postgres.ts';
import type { Replicas } from '../../testbed/replicas.ts';

/** What a storm can do. */
export interface Site {
  all: Replicas;
  cluster: Cluster;
  links: readonly Link[];
}

/** What goes wrong while clients work; resolves when it is over. */
export interface Storm {
  title: string;
  rage(site: Site): Promise<void>;
}

const orders = ({ all }: Site): number =>
  all.world.requests.filter(({ method, path }) => method === 'POST' && path === '/pods').length;

/** Resolves in the middle of a write: the next order is on its way to the cloud. */
async function duringWrite(site: Site): Promise<void> {
  const before = orders(site);
  for (let waited = 0; orders(site) === before && waited < 5000; waited += 5) await pause(5);
}

export const STORMS: readonly Storm[] = [
  { title: 'fair weather', rage: async () => {} },
  {
    title: 'a replica is killed (-9) in the middle of a write',
    async rage(site) {
      await duringWrite(site);
      await site.all.stop(0, 'SIGKILL');
      await pause(500);
      await site.all.start(0);
    },
  },
  {
    title: 'a replica is cut off from the database',
    async rage(site) {
      await duringWrite(site);
      site.links[1]?.cut();
      await pause(4000);
      site.links[1]?.mend();
    },
  },
  {
    title: 'the database is restarted as after a crash',
    async rage(site) {
      await duringWrite(site);
      site.cluster.stop('immediate');
      await pause(1500);
      site.cluster.start();
    },
  },
  {
    title: 'every answer of the database is 100 ms late',
    async rage({ links }) {
      for (const link of links) link.slow(100);
      await pause(4000);
      for (const link of links) link.slow(0);
    },
  },
  {
    title: 'a rolling deploy: each replica is stopped (SIGTERM) and started again',
    async rage(site) {
      for (const place of site.links.keys()) {
        await site.all.stop(place, 'SIGTERM');
        await site.all.start(place);
      }
    },
  },
];
