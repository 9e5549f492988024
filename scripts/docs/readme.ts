import { TOOLSETS } from '../../src/core/policy.ts';
import type { Runtime } from '../../src/engine/runtime.ts';
import type { Tool } from '../../src/tools/tool.ts';
import { mainSettings } from './configuration-page.ts';
import { installLinks } from './links.ts';
import { between, table } from './markdown.ts';
import { onTestbed } from './run-example.ts';
import { cloudsOf, TOOLSET_TITLES } from './tools-page.ts';

const link = ({ name }: Tool): string => `[${name}](docs/tools.md#${name})`;

/** Links to tools; the cloud is named if a tool has only one but its neighbours have more. */
function links(tools: readonly Tool[], runtime: Runtime, groupClouds: string): string {
  return tools
    .map((tool) => {
      const clouds = cloudsOf(tool, runtime);
      return clouds === groupClouds ? link(tool) : `${link(tool)} (${clouds})`;
    })
    .join(', ');
}

/** All tools by group: what reads, what asks a person first, what acts at once. */
async function toolTable(): Promise<string> {
  return onTestbed(async ({ runtime }) => {
    const all = [...runtime.tools.values()];
    const everywhere = runtime.clouds
      .all()
      .map(({ title }) => title.replace(/ \(.*/, ''))
      .join(', ');
    const rows = TOOLSETS.map((toolset) => all.filter((tool) => tool.toolset === toolset))
      .filter((members) => members.length > 0)
      .map((members) => {
        const [first] = members;
        const seen = new Set(members.map((tool) => cloudsOf(tool, runtime)));
        const clouds = seen.size === 1 ? [...seen].join('') : everywhere;
        const show = (fits: (tool: Tool) => boolean) => links(members.filter(fits), runtime, clouds);
        return [
          first === undefined ? '' : TOOLSET_TITLES[first.toolset],
          clouds,
          show(({ effect }) => effect === 'read'),
          show(({ gated }) => gated),
          show(({ effect, gated }) => effect !== 'read' && !gated),
        ];
      });
    return table(['', 'clouds', 'looks', 'acts once a person agreed', 'acts at once'], rows);
  });
}

/** README.md with its generated parts renewed. */
export async function readmePage(readme: string): Promise<string> {
  const parts = { links: installLinks(), tools: await toolTable(), settings: mainSettings() };
  return Object.entries(parts).reduce((page, [name, text]) => between(page, name, text), readme);
}
