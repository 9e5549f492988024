import { normaliseBase } from '../core/base-url.ts';
import { GpuError } from '../core/errors.ts';
import { SETTINGS, type Variable } from './settings.ts';
import { ConfigError } from './values.ts';

/** The addresses of the clouds, for callers who bring keys of their own. */
export interface BaseUrls {
  volt: string;
  nebula: string;
  nebulaInference: string;
}

type BaseVariable = Extract<Variable, 'VOLT_BASE_URL' | 'NEBULA_BASE_URL' | 'NEBULA_INFERENCE_URL'>;

/** The path of the default address is what every address of this kind ends in. */
const suffixOf = (name: BaseVariable): string =>
  new URL(SETTINGS.find(({ variable }) => variable === name)?.default ?? 'https://host').pathname;

function baseOf(name: BaseVariable, given: string): string {
  try {
    return normaliseBase(given, suffixOf(name), name);
  } catch (error) {
    if (error instanceof GpuError) throw new ConfigError(`${error.message} ${error.hint ?? ''}`.trim());
    throw error;
  }
}

/** The addresses, each checked and normalised where its cloud is used. @throws ConfigError */
export function readBases(
  or: (name: Variable) => string,
  used: { volt: boolean; nebula: boolean },
): BaseUrls {
  const read = (name: BaseVariable, isUsed: boolean) => (isUsed ? baseOf(name, or(name)) : or(name));
  return {
    volt: read('VOLT_BASE_URL', used.volt),
    nebula: read('NEBULA_BASE_URL', used.nebula),
    nebulaInference: read('NEBULA_INFERENCE_URL', used.nebula),
  };
}
