import { CLOUDS } from '../../src/clouds/index.ts';

/** What a client must start or ask for so that the server runs from the npm package. */
interface Entry {
  command: string;
  args: string[];
  env?: Record<string, string>;
}

/** A server as a link installs it: on the simulator, or with the person's keys. */
export type LinkKind = 'sandbox' | 'keys';

const NAME = 'gpu-cloud';
const NPX = ['-y', 'gpu-cloud-mcp'];
const KEYS = CLOUDS.map(({ settings }) => settings.key);
/** Round brackets too: a link in Markdown ends at one. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll('(', '%28').replaceAll(')', '%29');
const reference = (inside: string): string => `\${${inside}}`;

const entry = (kind: LinkKind, env: Record<string, string>): Entry =>
  kind === 'sandbox'
    ? { command: 'npx', args: [...NPX, 'serve', '--sandbox'] }
    : { command: 'npx', args: NPX, env };

/**
 * A web link that opens Cursor and offers the server; keys are taken from Cursor's environment. The configuration is
 * base64 of one mcp.json entry (https://cursor.com/docs/mcp/install-links). GitHub shows no cursor: links, so this is
 * Cursor's own page that leads to one, as in https://github.com/microsoft/playwright-mcp README.
 */
export function cursorLink(kind: LinkKind): string {
  const env = Object.fromEntries(KEYS.map((name) => [name, reference(`env:${name}`)]));
  const config = Buffer.from(JSON.stringify(entry(kind, env))).toString('base64');
  return `https://cursor.com/en/install-mcp?name=${NAME}&config=${encoded(config)}`;
}

/**
 * A web link that opens VS Code and offers the server; keys are asked for once and stored encrypted
 * (https://code.visualstudio.com/docs/copilot/reference/mcp-configuration, input variables). GitHub shows no vscode:
 * links, so this is VS Code's own redirect, as in https://github.com/formulahendry/mcp-server-code-runner.
 */
export function vscodeLink(kind: LinkKind): string {
  const id = (name: string): string => name.toLowerCase().replaceAll('_', '-');
  const env = Object.fromEntries(KEYS.map((name) => [name, reference(`input:${id(name)}`)]));
  const inputs = KEYS.map((name) => ({
    type: 'promptString',
    id: id(name),
    description: `${name} (leave empty if you have none)`,
    password: true,
  }));
  const config = { name: NAME, ...entry(kind, env), ...(kind === 'keys' && { inputs }) };
  const inner = `vscode:mcp/install?${encoded(JSON.stringify(config))}`;
  return `https://insiders.vscode.dev/redirect?url=${encoded(inner)}`;
}

const badge = (text: string, url: string): string => `[**${text}**](${url})`;

/** The links of the README, one line of Markdown each: first to try, then with keys, then what they need. */
export function installLinks(): string {
  return [
    `On the simulator: ${badge('Install in Cursor', cursorLink('sandbox'))} · ${badge('Install in VS Code', vscodeLink('sandbox'))}`,
    '',
    `With your keys: ${badge('Install in Cursor', cursorLink('keys'))} (reads ${KEYS.map((name) => `\`${name}\``).join(', ')}) · ${badge('Install in VS Code', vscodeLink('keys'))} (asks for them)`,
    '',
    `They start \`npx ${NPX.join(' ')}\`, so they work once the package is published; until then use \`install\` above.`,
  ].join('\n');
}
