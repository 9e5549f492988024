import { type ErrorCode, type GpuError, withHint } from './errors.ts';

/** The rule that an agent gets with everything that names a setting of this server. */
export const LEAVE_SETTINGS = "Do not change the server's settings; tell the user.";

/** The flags and variables by which an operator sets this server up. */
const SETTING =
  /\b(?:GPU_MCP_\w+|[A-Z]+_(?:API_KEY|BASE_URL|INFERENCE_URL|PROXY)|NODE_EXTRA_CA_CERTS)\b|(?<![\w-])--[a-z]{3}/;

/** Errors that only a setting can mend, or that tempt to change one. */
const CODES: readonly ErrorCode[] = [
  'over_limit',
  'read_only',
  'not_configured',
  'unauthorized',
  'forbidden',
];

const ruled = (text: string): boolean => text.includes(LEAVE_SETTINGS);

/** A text for an agent; if it names a setting, the rule about settings is its end. */
export const withSettingsRule = (text: string): string =>
  SETTING.test(text) && !ruled(text) ? `${text} ${LEAVE_SETTINGS}` : text;

/** An error for an agent: its next step has the rule about settings, if the error names or concerns one. */
export function errorForAgent(error: GpuError): GpuError {
  const text = `${error.message} ${error.hint ?? ''}`;
  const concerns = CODES.includes(error.code) || SETTING.test(text);
  return concerns && !ruled(text) ? withHint(error, LEAVE_SETTINGS) : error;
}

/** The text for a person at a terminal, who may change settings. */
export const withoutSettingsRule = (text: string): string =>
  [`\nNext: ${LEAVE_SETTINGS}`, ` ${LEAVE_SETTINGS}`, LEAVE_SETTINGS].reduce(
    (left, rule) => left.replaceAll(rule, ''),
    text,
  );
