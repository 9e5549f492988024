import { RESULT_FORMS, type Results } from '../core/policy.ts';
import type { ListedTool } from './listing.ts';
import type { CallResult } from './result.ts';

/** A result as a client gets it. */
export type ShownResult = Omit<CallResult, 'structuredContent'> &
  Partial<Pick<CallResult, 'structuredContent'>>;
/** A tool as a client lists it. */
export type ShownTool = Omit<ListedTool, 'outputSchema'> & Partial<Pick<ListedTool, 'outputSchema'>>;

/** The form that a request asks for by `?results=` in its address; otherwise the server's. */
export function resultsOf(address: URL | undefined, results: Results): Results {
  const asked = address?.searchParams.get('results');
  return RESULT_FORMS.find((form) => form === asked) ?? results;
}

/** A result in one form. Several hosts give a model the structured content alone, at several times the tokens. */
export function resultIn(results: Results, result: CallResult): ShownResult {
  if (results === 'both') return result;
  const { structuredContent: _forPrograms, ...shown } = result;
  return shown;
}

/** A list of tools in one form: output schemas are for programs. */
export const toolsIn = (results: Results, tools: readonly ListedTool[]): readonly ShownTool[] =>
  results === 'both' ? tools : tools.map(({ outputSchema: _forPrograms, ...tool }) => tool);
