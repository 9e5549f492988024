import type { Clouds } from '../core/cloud.ts';
import { asGpuError, GpuError } from '../core/errors.ts';
import type { Job, Pod } from '../core/model.ts';
import { kindOf, parseRef, readRef } from '../core/ref.ts';
import { clean, quote } from '../core/text.ts';
import { invoked } from './invocation.ts';

/** A thing that a person may name on a command line. */
type Named = Pod | Job;
/** The kinds that commands act on. */
type NamedKind = 'pod' | 'job';

/** All things of these kinds on all clouds. @throws GpuError if a cloud cannot be read: the name may be there, too */
async function listAll(clouds: Clouds, kinds: readonly NamedKind[], signal: AbortSignal): Promise<Named[]> {
  const lists = await Promise.all(
    clouds
      .all()
      .flatMap((cloud): Promise<Named[]>[] => [
        ...(kinds.includes('pod') ? [cloud.pods.list({ signal })] : []),
        ...(kinds.includes('job') && cloud.jobs !== undefined ? [cloud.jobs.list({ signal })] : []),
      ]),
  );
  return lists.flat();
}

/** The error of a cloud while names are looked up, with the advice to use a ref instead. */
function withoutNames(error: unknown, kinds: readonly NamedKind[]): GpuError {
  const { code, message, hint, retryable, cloud, status } = asGpuError(error);
  const way = `A ref (CLOUD:${kinds[0]}:ID) works without it: then only the cloud of that ref is asked.`;
  return new GpuError(code, `${message} A name is looked up on all clouds.`, {
    hint: hint === null ? way : `${hint} ${way}`,
    retryable,
    cause: error,
    ...(cloud !== null && { cloud }),
    ...(status !== null && { status }),
  });
}

/** True if a word names a thing: by its name as it is shown, or its bare id. */
const isMeant = (word: string, { name, id }: Named): boolean =>
  id === word || (name !== null && (name === word || clean(name) === word));

/**
 * The refs for words on a command line: a ref, a `gpu://` URI, an exact name, or a bare id. The clouds are read only if a
 * word is no ref. @throws GpuError `invalid_input`, `not_found`, and a cloud's own
 */
export async function resolveRefs(
  clouds: Clouds,
  words: readonly string[],
  kinds: readonly NamedKind[],
  signal: AbortSignal,
): Promise<string[]> {
  let listed: Promise<Named[]> | null = null;
  return Promise.all(
    words.map(async (given) => {
      const word = readRef(given) ?? given;
      if (/^[^:]+:(?:pod|job|[a-z_]+):/.test(word)) {
        const kind = kinds.find((one) => kindOf(word) === one) ?? 'pod';
        const { cloud } = parseRef(word, kind, kind);
        clouds.get(cloud);
        return word;
      }
      listed ??= listAll(clouds, kinds, signal).catch((error: unknown) => {
        throw signal.aborted || clouds.all().length < 2 ? error : withoutNames(error, kinds);
      });
      const found = (await listed).filter((thing) => isMeant(word, thing));
      const [one, another] = found;
      const what = kinds.join(' or ');
      if (one === undefined)
        throw new GpuError('not_found', `No ${what} is named ${quote(word)}.`, {
          hint: `See ${invoked()} watch --once for what there is.`,
        });
      if (another !== undefined)
        throw new GpuError(
          'invalid_input',
          `${quote(word)} means more than one ${what}: ${found.map(({ ref }) => ref).join(', ')}.`,
          { hint: 'Give the ref of the one that is meant.' },
        );
      return one.ref;
    }),
  );
}
