import type { Cost } from '../examples/example.ts';
import type { Asked } from '../src/engine/completion.ts';

/** A reading that is no call of a tool, and what it costs at the clouds. */
export interface Reading {
  of: { uri: string } | Asked;
  requests: Cost;
}

const ofPrompt = (name: string, argument: string): Asked => ({
  ref: { type: 'ref/prompt', name },
  argument: { name: argument, value: '' },
  given: {},
});

const ofTemplate = (uri: string, argument: string, given: Record<string, string> = {}): Asked => ({
  ref: { type: 'ref/resource', uri },
  argument: { name: argument, value: '' },
  given,
});

const POD = 'gpu://{cloud}/pod/{id}';
const JOB = 'gpu://volt/job/{id}';

/**
 * Every resource and every argument that can be completed, both clouds configured, nothing read before. `$volt`, `$nebula` and
 * `$job` stand for the ids of a pod on each cloud and of a job.
 */
export const READINGS: readonly Reading[] = [
  { of: { uri: 'gpu://pods' }, requests: [2, 1] },
  { of: { uri: 'gpu://jobs' }, requests: [1, 1] },
  { of: { uri: 'gpu://machines' }, requests: [2, 1] },
  { of: { uri: 'gpu://spend' }, requests: [4, 1] },
  // Its list of templates names no ports: those of its template are read once its image is known.
  { of: { uri: 'gpu://volt/pod/$volt' }, requests: [3, 2] },
  { of: { uri: 'gpu://nebula/pod/$nebula' }, requests: [2, 1] },
  { of: { uri: 'gpu://volt/job/$job' }, requests: [1, 1] },
  { of: ofPrompt('launch_training_pod', 'gpu'), requests: [2, 1] },
  { of: ofPrompt('launch_training_pod', 'template'), requests: [1, 1] },
  { of: ofPrompt('launch_training_pod', 'name'), requests: [0, 0] },
  { of: ofPrompt('launch_training_pod', 'max_usd_per_hour'), requests: [0, 0] },
  { of: ofPrompt('finetune_model', 'model'), requests: [1, 1] },
  { of: ofPrompt('finetune_model', 'dataset'), requests: [0, 0] },
  { of: ofPrompt('finetune_model', 'hours'), requests: [0, 0] },
  { of: ofTemplate(POD, 'cloud'), requests: [0, 0] },
  { of: ofTemplate(POD, 'id'), requests: [2, 1] },
  { of: ofTemplate(POD, 'id', { cloud: 'volt' }), requests: [1, 1] },
  { of: ofTemplate(POD, 'id', { cloud: 'nebula' }), requests: [1, 1] },
  { of: ofTemplate(POD, 'id', { cloud: 'unknown' }), requests: [0, 0] },
  { of: ofTemplate(JOB, 'id'), requests: [1, 1] },
];
