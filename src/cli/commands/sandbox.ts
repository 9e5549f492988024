import { setTimeout as wait } from 'node:timers/promises';
import { CLOUDS } from '../../clouds/index.ts';
import { between, count, readOption } from '../../config/values.ts';
import { type RunningSandbox, serveSandbox } from '../../sandbox/serve.ts';

const LAST_LINE_MS = 300;

/** The settings with which any server uses the simulator, as `VARIABLE=value`. */
const settingsOf = ({ clouds }: RunningSandbox): string[] =>
  CLOUDS.flatMap(({ id, settings }) => {
    const { key, urls = {} } = clouds[id] ?? {};
    const addresses = Object.entries(settings.urls).map(([name, { variable }]) => [variable, urls[name]]);
    return [...addresses, [settings.key, key]];
  }).flatMap(([variable, value]) => (value === undefined ? [] : [`${variable}=${value}`]));

async function start(port: number, speed: number): Promise<RunningSandbox> {
  try {
    return await serveSandbox({ port, speed });
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') throw error;
    throw new Error(`port ${port} is taken (EADDRINUSE). Choose another with --port; 0 takes any free one.`);
  }
}

/** `gpu-cloud-mcp sandbox`: the simulator alone, until a signal, or until nobody reads its output. @throws ConfigError */
export async function sandbox(options: { port: string; speed: string }): Promise<void> {
  const signalled = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
    process.stdout.once('error', () => resolve());
  });
  const running = await start(
    readOption('--port', count(0, 65_535), options.port),
    readOption('--speed', between(0, 1_000_000), options.speed),
  );
  const lines = [
    `Sandbox at ${running.url} (simulated clouds; no real money).`,
    'Point any server or client at it:',
    ...settingsOf(running).map((setting) => `  export ${setting}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  // Only a write detects a closed pipe, so the last line is written after `| head -1` has ended.
  if (process.stdout.isTTY !== true) await wait(LAST_LINE_MS);
  process.stdout.write(`Clock, faults, ledger: GET ${running.url}/sandbox. Stop with Ctrl-C.\n`);
  await signalled;
  await running.close();
}
