import { IMPORT_TABLE } from '../../test/architecture/table.ts';
import { between, table } from './markdown.ts';

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ') || '–';

/** docs/architecture.md with its table of imports renewed. */
export function architecturePage(page: string): string {
  const rows = Object.entries(IMPORT_TABLE).map(([folder, { folders, types = [], packages, node }]) => [
    `\`${folder === '.' ? 'src/*.ts' : folder}\``,
    list([
      ...folders.map((name) => (name === '.' ? 'src/*.ts' : name)),
      ...types.map((name) => `${name} (types)`),
    ]),
    list(packages),
    node === true ? 'yes' : list(node === false ? [] : node),
  ]);
  return between(page, 'imports', table(['folder', 'own folders', 'packages', 'Node’s modules'], rows));
}
