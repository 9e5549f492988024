import type { Place } from '../../src/cli/install/clients/client.ts';
import { CLIENTS } from '../../src/cli/install/clients/index.ts';
import { table } from './markdown.ts';

/** A machine that no reader has: homes are `~`, projects `PROJECT`. */
const PLACE: Place = { platform: 'linux', home: '~', cwd: 'PROJECT', env: {} };

const code = (text: string): string => `\`${text}\``;

/** A source as Markdown: addresses become links. */
const cited = (source: string): string =>
  source.replace(/https:\/\/[^\s,)]+/g, (url) => `[${url.replace(/^https:\/\/(?:www\.)?/, '')}](${url})`);

/** Where each client that `install` knows keeps its servers (on Linux), in which form, and how that is known. */
export function clientFiles(): string {
  const rows = CLIENTS.map((client) => [
    code(client.id),
    [client.user(PLACE), ...(client.otherUserFiles?.(PLACE) ?? [])].map(code).join(' and '),
    client.project === null ? '–' : code(client.project(PLACE).replace('PROJECT/', '')),
    `${client.format.toUpperCase()}, ${code(client.table.join('.'))}`,
    client.references ? 'yes' : 'no: private key file',
    client.checked,
    client.sources.map(cited).join('; '),
  ]);
  const header = [
    'name',
    'file of the user',
    'in a project',
    'form',
    'refers to variables',
    'checked',
    'source',
  ];
  return table(header, rows);
}
