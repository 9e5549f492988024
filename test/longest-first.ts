import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, most of them because they start the program often; the longest first. */
const LONG = [
  'store/postgres/away',
  'modern',
  'docs/execute',
  'faults/killed',
  'secrets/canary',
  'mcp/stdio',
  'cli/demo',
  'store/postgres/contract',
  'cli/pack',
  'mcp/greeting',
  'mcp/endings',
  'http/both',
  'faults/faults',
  'interop/stdio',
  'http/restore',
  'http/process',
  'interop/http',
];

/** The place of a file in the list; behind it if it is not there. */
const rankOf = ({ moduleId }: TestSpecification): number => {
  const at = LONG.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return at === -1 ? LONG.length : at;
};

/**
 * Starts the longest files first, so that none is left alone at the end. Vitest goes by the times of the last run, and by size
 * if there was none: what starts processes is short.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted(
      (one, other) => one.project.name.localeCompare(other.project.name) || rankOf(one) - rankOf(other),
    );
  }
}
