import { appSettings, type McpClient, type Place, pathOn } from './client.ts';

const folder = (place: Place): string => {
  if (place.platform === 'win32') return pathOn(place, appSettings(place), 'Block', 'goose', 'config');
  if (place.platform === 'darwin') return pathOn(place, place.home, '.config', 'goose');
  return pathOn(place, appSettings(place), 'goose');
};
const TIMEOUT_SECONDS = 300;

/** Goose. Servers are "extensions"; `env_keys` names variables that goose takes from its environment or its keyring. */
export const goose: McpClient = {
  id: 'goose',
  title: 'Goose',
  checked: '2026-11-22',
  sources: [
    'https://github.com/aaif-goose/goose/blob/main/documentation/docs/guides/config-files.md (locations, extension shapes)',
    'https://www.npmjs.com/package/add-mcp 2.4.0 (path on Linux with XDG_CONFIG_HOME)',
  ],
  format: 'yaml',
  desktop: true,
  table: ['extensions'],
  user: (place) => pathOn(place, folder(place), 'config.yaml'),
  project: null,
  signs: (place) => [folder(place)],
  references: true,
  stdio: (server, name) => ({
    type: 'stdio',
    name,
    description: 'GPU clouds: find, rent, watch and release GPU machines',
    enabled: true,
    cmd: server.command,
    args: server.args,
    env_keys: [...server.references],
    envs: { ...server.values },
    timeout: TIMEOUT_SECONDS,
  }),
  http: (server, name) => ({
    type: 'streamable_http',
    name,
    description: 'GPU clouds: find, rent, watch and release GPU machines',
    enabled: true,
    uri: server.url,
    headers: server.token === null ? {} : { Authorization: `Bearer \${${server.token}}` },
    env_keys: server.token === null ? [] : [server.token],
    envs: {},
    timeout: TIMEOUT_SECONDS,
  }),
  next: 'Start a new Goose session.',
};
