/** How a text names a setting of the server. */
const SETTING = /GPU_MCP_|_API_KEY|_PROXY|NODE_EXTRA|(?<![\w-])--[a-z]/;

/** The rule that such a text must have. */
export const RULE = /Do not change the server's settings; tell the user\./;

/** The texts of an error or notices of a result that name a setting without the rule. */
export function unruled({ error, notices }: { error?: object; notices?: unknown }): string[] {
  const { message = '', hint = '' } = (error ?? {}) as { message?: string; hint?: string | null };
  const texts = [`${message} ${hint}`, ...(Array.isArray(notices) ? notices.map(String) : [])];
  return texts.filter((text) => SETTING.test(text) && !RULE.test(text));
}
