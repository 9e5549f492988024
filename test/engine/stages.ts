import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { Spend } from '../../src/core/spend.ts';
import type { Api } from '../../src/sandbox/requests.ts';
import { type Order, orderSchema } from '../../src/store/records.ts';
import { openTestbed, type ShownSpend, type Testbed, type TestbedOptions } from '../../testbed/testbed.ts';
import { afterEvery } from '../after.ts';

/** A stage that is closed after the test, with what it logged as warnings. */
export interface TestStage extends Testbed {
  warnings: string[];
}

/** How long something that happens at once may take on a busy machine. */
export const PATIENCE = { timeout: 30_000, interval: 5 };

const open: Testbed[] = [];
afterEvery(async () => {
  for (const stage of open.splice(0).reverse()) await stage.close();
});

/** Opens a stage for one test; the first one is closed last. */
export async function stageFor(options: TestbedOptions = {}): Promise<TestStage> {
  const warnings: string[] = [];
  const log = (event: Record<string, unknown>) => {
    if (event.level === 'warn' && event.msg !== 'cloud call') warnings.push(String(event.msg));
  };
  const stage = await openTestbed({ log, timeouts: 'by hand', ...options });
  open.push(stage);
  return { ...stage, warnings };
}

/** The requests of one method whose path matches. */
export const requestsOf = ({ world }: Testbed, cloud: Api, method: string, path: RegExp) =>
  world.requests.filter((one) => one.cloud === cloud && one.method === method && path.test(one.path));

/** What get_spend says. */
export async function spendOf(stage: Testbed): Promise<Spend> {
  const { structuredContent } = await stage.call('get_spend');
  if (structuredContent.spend === undefined) throw new Error(JSON.stringify(structuredContent));
  return { notices: [], errors: [], allowances: [], ...(structuredContent.spend as ShownSpend) };
}

/** All files of this name form below the state directory, as paths. */
export async function filesOf({ stateDir }: Pick<Testbed, 'stateDir'>, name: RegExp): Promise<string[]> {
  const all = await readdir(stateDir, { recursive: true, withFileTypes: true }).catch(() => []);
  return all
    .filter((file) => file.isFile() && name.test(file.name))
    .map(({ parentPath, name }) => join(parentPath, name));
}

const ORDER_FILE = /^[0-9a-f]{24}\.(?:json|[\w-]+\.claim)$/;

/** The orders on disk that have no end. */
export async function openOrders(stage: Pick<Testbed, 'stateDir'>): Promise<Order[]> {
  const paths = (await filesOf(stage, ORDER_FILE)).filter((path) => path.includes('/orders/'));
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  return texts.map((text) => orderSchema.parse(JSON.parse(text))).filter(({ state }) => state !== 'closed');
}

/** Gives a file of this process to one that is dead. */
export async function orphan(path: string, form: RegExp, name: string): Promise<string> {
  const left = path.replace(form, name);
  await mkdir(join(left, '..'), { recursive: true });
  await rename(path, left);
  return left;
}

const WRITES: Partial<Record<string, readonly [cloud: Api, method: string, path: string]>> = {
  create_pod: ['volt', 'POST', '/pods'],
  update_pod: ['volt', 'PUT', '/pods/*'],
  generate_text: ['inference', 'POST', '/chat/completions'],
};

/** Calls a tool whose reply never comes; resolves when the order has been sent. */
export async function sendAndHang(
  stage: Testbed,
  tool: string,
  args: Record<string, unknown>,
): Promise<void> {
  const [cloud, method, path] = WRITES[tool] ?? ['volt', 'POST', '/fine-tuning'];
  stage.world.faults.add({ cloud, method, path, kind: 'hang' });
  void stage.call(tool, args);
  await vi.waitFor(() => {
    if (requestsOf(stage, cloud, method, new RegExp(`^${path.replace('*', '.*')}$`)).length === 0)
      throw new Error('not sent yet');
  }, PATIENCE);
}

/** The same, and leaves the order as a killed process would. The call itself hangs until its stage is closed. */
export async function crash(stage: Testbed, tool: string, args: Record<string, unknown>): Promise<string> {
  await sendAndHang(stage, tool, args);
  const held = await filesOf(stage, /\.claim$/);
  const order = held.find((path) => path.includes('/orders/')) ?? '';
  return orphan(order, /\.[\w-]+\.claim$/, '.999999999-left.claim');
}
