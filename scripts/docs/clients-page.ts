import {
  type Cell,
  type Instead,
  MATRIX,
  type Row,
  STEPS,
  type Step,
  type Transport,
} from '../../test/interop/matrix.ts';
import { clientFiles } from './client-files.ts';
import { between, table } from './markdown.ts';

const COLUMNS: Readonly<Record<Step, string>> = {
  list: 'lists the tools',
  read: 'reads',
  person: 'acts once a person typed in the form',
  token: 'acts with plan and token',
};

const GETS: Readonly<Record<Instead, string>> = {
  plan_and_token: 'It gets the plan and a token; nothing is done.',
  token_refused: 'The token is refused in the next call; nothing is done.',
  no_connection: 'It ends with an error before any call.',
};

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

/** The version of a package that package.json asks for. @throws Error if it asks for none */
export function versionIn(manifest: string, name: string): string {
  const { dependencies, devDependencies } = JSON.parse(manifest) as Record<string, Record<string, string>>;
  const version = { ...devDependencies, ...dependencies }[name];
  if (version === undefined) throw new Error(`package.json does not ask for ${name}.`);
  return version;
}

/** What each client did on each transport, with the reasons for what it cannot. `manifest` is the text of package.json. */
export function clientsTable(manifest: string, matrix: readonly Row[] = MATRIX): string {
  const notes: string[] = [];
  const note = (text: string): string => {
    if (!notes.includes(text)) notes.push(text);
    return `(${notes.indexOf(text) + 1})`;
  };
  const show = (cell: Cell): string =>
    cell === 'did' ? 'did' : `cannot ${note(`${sentence(cell.cannot)} ${GETS[cell.gets]}`)}`;
  const over = (transport: Transport, noToken: string | undefined): string => {
    if (transport === 'stdio') return 'stdio';
    if (noToken === undefined) return 'HTTP, with a bearer token';
    const refused = 'A server that asks for a bearer token refuses it.';
    return `HTTP, without a token ${note(`${sentence(noToken)} ${refused}`)}`;
  };
  const rows = matrix.flatMap((row) =>
    (['stdio', 'http'] as const).map((transport) => [
      `[${row.name}](${row.source})`,
      `\`${row.package}\` ${versionIn(manifest, row.package)}`,
      over(transport, row.noToken),
      ...STEPS.map((step) => show(row[transport][step])),
    ]),
  );
  const header = ['client', 'package', 'over', ...STEPS.map((step) => COLUMNS[step])];
  return [table(header, rows), '', ...notes.map((text, index) => `${index + 1}. ${text}`)].join('\n');
}

/** docs/clients.md with its tables of files and of independent clients renewed. `manifest` is the text of package.json. */
export const clientsPage = (page: string, manifest: string): string =>
  between(between(page, 'files', clientFiles()), 'matrix', clientsTable(manifest));
