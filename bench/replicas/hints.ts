import { setTimeout as pause } from 'node:timers/promises';
import type { ReplicaClient, Replicas } from '../../testbed/replicas.ts';

const JOB = {
  name: 'hinted-job',
  task_type: 'text',
  model: 'meta-llama/Llama-3.1-8B-Instruct',
  hours: 2,
  dataset_repo: 'myorg/support-qa',
};
const HEARD_MS = 60_000;

/**
 * Orders a fine-tuning job, lets it end, and delivers the cloud's webhook through the front once for each replica, as a
 * proxy in front of them would. What did not hold: a replica that refuses it, or `watching` that gets nothing.
 */
export async function hint(
  { world, front }: Replicas,
  places: number,
  person: ReplicaClient,
  watching: ReplicaClient,
): Promise<string[]> {
  const ordered = await person.call('submit_finetune', JOB);
  const [job] = world.jobs.list();
  if (ordered.status !== 'done' || job === undefined)
    return [`webhooks: the job was not ordered: ${JSON.stringify(ordered)}`];
  const uri = `gpu://volt/job/${job.id}`;
  await watching.client.subscribeResource({ uri });
  world.setJobStatus(job.id, 'success');
  const delivery = world.webhooks.find((one) => one.job === job.id);
  if (delivery === undefined) return ['webhooks: the job was ordered without one'];
  const { pathname } = new URL(delivery.url);
  const post = async (path: string): Promise<number> => {
    const response = await fetch(`${front.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(delivery.payload),
    });
    await response.text();
    return response.status;
  };
  const wrong: string[] = [];
  for (let place = 0; place < places; place += 1) {
    const status = await post(pathname);
    if (status !== 202) wrong.push(`webhooks: a replica answers ${status} to the webhook of another's job`);
    if ((await post(`${pathname}x`)) !== 404) wrong.push('webhooks: a wrong secret is accepted');
    // The front goes on by one for each request: two of them would meet the same replica of two every time.
    await fetch(`${front.url}/healthz`);
  }
  for (let waited = 0; !watching.updates.includes(uri); waited += 50) {
    if (waited > HEARD_MS)
      return [...wrong, 'webhooks: a client gets no notification that its job has ended'];
    await pause(50);
  }
  return wrong;
}
