import { existsSync } from 'node:fs';
import { entryEnv, type McpClient, type Place, pathOn, withEnv } from './client.ts';

const folder = (place: Place): string => pathOn(place, place.home, '.config', 'amp');

/** The file that is there; `settings.json` if neither is. */
const settings = (place: Place, dir: string): string => {
  const withComments = pathOn(place, dir, 'settings.jsonc');
  return existsSync(withComments) ? withComments : pathOn(place, dir, 'settings.json');
};

/** Amp. The table's key holds a dot. Whether entries may refer to variables could not be tried without an account. */
export const amp: McpClient = {
  id: 'amp',
  title: 'Amp',
  checked: '2026-11-28',
  sources: [
    '@sourcegraph/amp 0.0.1790142911 (`amp mcp list` reads this entry)',
    'https://www.developersdigest.tech/reference/amp/config-files (paths, .amp/settings.json of a project, which needs approval)',
  ],
  format: 'json',
  desktop: false,
  table: ['amp.mcpServers'],
  user: (place) => settings(place, folder(place)),
  project: (place) => settings(place, pathOn(place, place.cwd, '.amp')),
  signs: (place) => [folder(place)],
  references: false,
  stdio: (server) => ({
    command: server.command,
    args: server.args,
    ...withEnv(entryEnv(server, (name) => name)),
  }),
  http: (server) => ({ url: server.url }),
  next: 'Start Amp again; "amp mcp list" shows it (a project file needs "amp mcp approve gpu-cloud").',
};
