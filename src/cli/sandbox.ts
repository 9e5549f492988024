import { ConfigError } from '../config.ts';
import { serveSandbox } from '../sandbox/serve.ts';

const number = (name: string, text: string, most: number): number => {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0 && value <= most) return value;
  throw new ConfigError(`--${name}: "${text}" is not a number from 0 to ${most}.`);
};

/** `gpu-cloud-mcp sandbox`: the simulator alone, until it is told to stop. @throws ConfigError */
export async function sandbox(options: { port: string; speed: string }): Promise<void> {
  const told = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  const running = await serveSandbox({
    port: number('port', options.port, 65_535),
    speed: number('speed', options.speed, 1_000_000),
  });
  process.stdout.write(
    `${[
      `Sandbox of both clouds at ${running.url} (simulated; no real money). Point any client at it:`,
      `  VOLT_BASE_URL=${running.volt.baseUrl} VOLT_API_KEY=${running.volt.apiKey}`,
      `  NEBULA_BASE_URL=${running.nebula.baseUrl} NEBULA_INFERENCE_URL=${running.nebula.inferenceUrl} NEBULA_API_KEY=${running.nebula.apiKey}`,
      `Clock, faults, ledger: GET ${running.url}/sandbox. Stop with Ctrl-C.`,
    ].join('\n')}\n`,
  );
  await told;
  await running.close();
}
