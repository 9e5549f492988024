import type { Cloud, Clouds } from '../core/cloud.ts';
import type { ToolContext } from '../core/context.ts';
import type { WatchKind } from '../core/live.ts';
import type { CloudId } from '../core/ref.ts';

/** What a server has: a resource shows nothing that none of its tools may show. */
export interface Offering {
  clouds: Clouds;
  tools: { has: (tool: string) => boolean };
}

/** A resource at a fixed URI. Its JSON uses the same models as the tools. */
export interface Resource {
  uri: string;
  name: string;
  title: string;
  description: string;
  needs: (cloud: Cloud) => boolean;
  /** The tool that shows the same: without it, e.g. by `--toolsets`, the resource does not exist. */
  tool: string;
  /** A real change of things of these kinds is a change of this resource. */
  follows: readonly WatchKind[];
  read: (ctx: ToolContext) => Promise<object>;
}

/** A family of resources, one per thing of a kind: `gpu://<cloud>/<kind>/<id>`. */
export interface ResourceFamily {
  /** RFC 6570 template for the configured clouds that have such things. */
  uriTemplate: (clouds: readonly CloudId[]) => string;
  kind: 'pod' | 'job';
  name: string;
  title: string;
  description: string;
  needs: (cloud: Cloud) => boolean;
  /** See `Resource`. */
  tool: string;
  read: (ctx: ToolContext, cloud: Cloud, id: string) => Promise<object>;
  /** The live things of this kind, with a name for people. */
  list: (ctx: ToolContext) => Promise<{ ref: string; name: string; description: string }[]>;
}
