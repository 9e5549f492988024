import { CLOUDS } from '../../src/clouds/index.ts';
import { SETTINGS, type Setting } from '../../src/config/read.ts';
import { table } from './markdown.ts';

const GROUPS: readonly { title: string; words: string; belongs: RegExp }[] = [
  {
    title: 'Clouds',
    words:
      'At least one key is needed, unless the simulator is served. A key is never a flag, because flags show in lists of processes. A `_FILE` variable is read if the key itself is not set; the file holds nothing but the key, without quotes. `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are honoured on the way to the clouds; loopback is never proxied.',
    belongs: new RegExp(
      `^(?:${CLOUDS.map(({ settings }) => settings.key.replace(/API_KEY$/, '')).join('|')})`,
    ),
  },
  {
    title: 'Consent and caps',
    words:
      'How a person agrees, and what is refused even then. Caps count what all clouds together burn; see [safety](safety.md).',
    belongs: /^GPU_MCP_(?:CONFIRM|MAX_USD_PER_HOUR|MAX_JOB_USD|MAX_PODS)$/,
  },
  {
    title: 'Which tools exist',
    words: 'What is switched off is not listed and cannot be called.',
    belongs: /^GPU_MCP_(?:READ_ONLY|TOOLSETS)$/,
  },
  {
    title: 'Files and logs',
    words:
      'Logs are JSON lines on stderr; stdout belongs to the protocol. The state directory is `$XDG_STATE_HOME/gpu-cloud-mcp`, or `~/.local/state/gpu-cloud-mcp` if that variable is not set.',
    belongs: /^GPU_MCP_(?:STATE_DIR|LOG_LEVEL)$/,
  },
  {
    title: 'Simulator',
    words: 'See [sandbox](sandbox.md). Keys and addresses of clouds are then ignored.',
    belongs: /^GPU_MCP_SANDBOX/,
  },
];

const HTTP = {
  title: 'HTTP server',
  words: 'For `gpu-cloud-mcp serve --http` only.',
  belongs:
    /^GPU_MCP_(?:HTTP|OAUTH|PUBLIC_URL|ALLOWED|CREDENTIALS|TRUST_PROXY|SESSION|REQUEST|ALLOW_SECRET_FILES|METRICS|MAX_SESSIONS|MAX_ACCOUNTS)/,
};

const OTHERS = { title: 'Further settings', words: 'What belongs to none of the groups above.' };

const flagOf = ({ flag, value }: Setting): string =>
  flag === null ? '' : `\`--${flag}${value === null ? '' : ` ${value}`}\``;

const row = (setting: Setting): string[] => [
  `\`${setting.variable}\``,
  flagOf(setting),
  setting.default === null ? '' : `\`${setting.default}\``,
  setting.meaning,
];

const settingsTable = (settings: readonly Setting[]): string =>
  table(['variable', 'flag', 'default', 'meaning'], settings.map(row));

/** The table of settings for the README: all but those of the HTTP server. */
export const mainSettings = (settings: readonly Setting[] = SETTINGS): string =>
  settingsTable(settings.filter(({ variable }) => !HTTP.belongs.test(variable)));

const PREFACE = `Every setting is an environment variable; most are flags too. Flags win over the environment, the environment over defaults. An empty value counts as not set: stderr says so, and \`gpu-cloud-mcp serve --http\` does not start with one. A value that is wholly a reference which the client did not fill in (\`\${…}\`, \`$NAME\`, \`%NAME%\`, \`{{…}}\`) stops the start, except in a key, where it counts as no key. A name that begins with GPU_MCP_ and is no setting is warned of. A leading \`~\` in a path is the home directory. A wrong value ends the start with exit code 2 and one sentence that says what is wrong; over stdio the client gets that sentence as the answer to every request until it closes stdin.

\`gpu-cloud-mcp serve\`, which is the default command, takes every flag; \`gpu-cloud-mcp call\`, \`gpu-cloud-mcp watch\`, \`gpu-cloud-mcp tools\` and \`gpu-cloud-mcp doctor\` take all but those of the HTTP server.`;

const SECRETS = `## Proxies and certificates

\`HTTPS_PROXY\`, \`HTTP_PROXY\` and \`NO_PROXY\`, in any case, are honoured on the way to the clouds: \`http://HOST:PORT\`, with \`USER:PASSWORD@\` before the host if the proxy asks for it. This machine (\`localhost\`, 127.0.0.1, ::1) is never reached through a proxy. If a company proxy or a private authority signs the certificates, set \`NODE_EXTRA_CA_CERTS\` to a file with its certificate: Node reads it at the start. Messages name a proxy without its user and password.

## Secrets for tools

Variables named \`GPU_MCP_SECRET_…\` (capitals, digits, underscores) are no settings: \`add_docker_credential\` takes the name of one, so that a registry’s password never enters the conversation. No other variable can be read that way. Instead of the variable a file of the same name may hold the value: in \`secrets/\` of the state directory, readable by its owner alone (\`umask 077; mkdir -p ~/.local/state/gpu-cloud-mcp/secrets; cat > ~/.local/state/gpu-cloud-mcp/secrets/GPU_MCP_SECRET_GHCR\`). It is read at each call, so a new one needs no restart.

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | the call failed or was not agreed to, \`doctor\` found something to look at, the server did not answer the handshake of \`install\`, the demo found something unexpected, or the program broke |
| 2 | wrong command line or configuration; stderr says what to change |
| 130 | Ctrl-C ended \`call\`, \`watch\`, \`demo\` or \`install\`; a server and the simulator end with 0 |`;

/** docs/configuration.md, whole. A setting that fits no group comes last, under a heading of its own. */
export function configurationPage(settings: readonly Setting[] = SETTINGS): string {
  const groups = [...GROUPS, HTTP];
  const isGrouped = ({ variable }: Setting) => groups.some(({ belongs }) => belongs.test(variable));
  const sections = [
    ...groups.map(({ title, words, belongs }) => ({
      title,
      words,
      rows: settings.filter(({ variable }) => belongs.test(variable)),
    })),
    { ...OTHERS, rows: settings.filter((setting) => !isGrouped(setting)) },
  ].filter(({ rows }) => rows.length > 0);
  const parts = [
    '# Configuration',
    '<!-- Generated by `npm run docs` from src/config/read.ts. Do not edit. -->',
    PREFACE,
    ...sections.map(({ title, words, rows }) => `## ${title}\n\n${words}\n\n${settingsTable(rows)}`),
    SECRETS,
  ];
  return `${parts.join('\n\n')}\n`;
}
