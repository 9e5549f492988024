import { posix, win32 } from 'node:path';

/** Any JSON value; what a client's configuration is made of, in any syntax. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** The machine whose clients are searched: its platform, the home and the present folder, the variables. */
export interface Place {
  platform: NodeJS.Platform;
  home: string;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** For whom an entry counts. */
export const SCOPES = ['user', 'project'] as const;
/** `user`: for all of the person's projects; `project`: for the folder at hand, usually committed with it. */
export type Scope = (typeof SCOPES)[number];

/** A server that the client starts: `values` are set as they are, `references` are taken from the client's environment. */
export interface StdioServer {
  kind: 'stdio';
  command: string;
  args: string[];
  values: Readonly<Record<string, string>>;
  references: readonly string[];
}

/** A server that is already running; `token` = the variable that holds its bearer token. */
export interface HttpServer {
  kind: 'http';
  url: string;
  token: string | null;
}
export type Server = StdioServer | HttpServer;

/** One MCP client, as data: the files of its servers and the form of an entry. */
export interface McpClient {
  id: string;
  title: string;
  /** Where these facts come from, and the day on which they were last checked. */
  sources: readonly string[];
  checked: string;
  format: 'json' | 'toml' | 'yaml';
  /** Whether it is an app that can be started from the desktop, with a PATH that no shell has set. */
  desktop: boolean;
  /** The keys that lead to the table of servers. */
  table: readonly string[];
  user: (place: Place) => string;
  /** Further files of the user that parts of the client read instead; each gets the entry, too. */
  otherUserFiles?: (place: Place) => readonly string[];
  /** Null if the client has no configuration of a project. */
  project: ((place: Place) => string) | null;
  /** Any of these exists if the client is installed. */
  signs: (place: Place) => string[];
  /** Whether an entry can name variables of the client's environment instead of holding their values. */
  references: boolean;
  stdio: (server: StdioServer, name: string) => JsonObject;
  /** Null if the client's file cannot hold a server behind a URL. */
  http: ((server: HttpServer, name: string) => JsonObject) | null;
  /** What the person does next so that the client sees the server. */
  next: string;
}

/** A path on that machine. */
export const pathOn = ({ platform }: Place, ...parts: string[]): string =>
  (platform === 'win32' ? win32 : posix).join(...parts);

/** Where applications of that machine keep their settings: %APPDATA%, Application Support or the XDG configuration. */
export function appSettings(place: Place): string {
  const { platform, home, env } = place;
  if (platform === 'win32') return env.APPDATA ?? pathOn(place, home, 'AppData', 'Roaming');
  if (platform === 'darwin') return pathOn(place, home, 'Library', 'Application Support');
  return env.XDG_CONFIG_HOME ?? pathOn(place, home, '.config');
}

/** How an entry refers to a variable: by its bare name. */
export const asItIs = (name: string): string => name;

/** How an entry refers to a variable: as shells do. */
export const dollar = (name: string): string => `\${${name}}`;

/** How an entry refers to a variable: as VS Code does. */
export const dollarEnv = (name: string): string => `\${env:${name}}`;

/** The environment of an entry: values, and references in the client's own spelling. */
export const entryEnv = (server: StdioServer, refer: (name: string) => string): JsonObject => ({
  ...Object.fromEntries(server.references.map((name) => [name, refer(name)])),
  ...server.values,
});

/** `{ env }`, or nothing if there is nothing to set. */
export const withEnv = (env: JsonObject): JsonObject => (Object.keys(env).length === 0 ? {} : { env });

/** The entry of a server that the client starts, as most clients write it. */
export const command =
  (refer: (name: string) => string) =>
  (server: StdioServer): JsonObject => ({
    command: server.command,
    args: server.args,
    ...withEnv(entryEnv(server, refer)),
  });

/** `{ headers }` with the bearer token, or nothing if the server wants none. */
export const withBearer = ({ token }: HttpServer, refer: (name: string) => string): JsonObject =>
  token === null ? {} : { headers: { Authorization: `Bearer ${refer(token)}` } };
