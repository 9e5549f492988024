import { POD_NOTES as NEBULA_NOTES } from '../src/clouds/nebula/notes.ts';
import { POD_NOTES as VOLT_NOTES } from '../src/clouds/volt/notes.ts';
import { CANCEL_NOTES } from '../src/clouds/volt/notes-jobs.ts';
import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Delete whatever is still running, I am leaving for two weeks.',
      args: { all: true, how: 'delete' },
    },
    {
      says: 'Stop everything, I do not want to pay for anything tonight. Keep the disks.',
      args: { all: true, how: 'stop' },
    },
    {
      says: 'Get rid of all pods and jobs for good.',
      args: { all: true, how: 'delete' },
    },
    {
      says: 'End these two, with everything on them, and show me first what that does.',
      knows: 'volt:pod:pod_abc123 and nebula:pod:i-42',
      args: { refs: ['volt:pod:pod_abc123', 'nebula:pod:i-42'], how: 'delete', dry_run: true },
    },
  ],
  meanings: {
    refs: 'Refs of pods and jobs. Exactly one of `refs` and `all` is needed.',
    all: 'Every live pod and job of all clouds, as they are listed when the plan is made. The list that was shown is what is ended: nothing that comes later. Refused if a cloud cannot be read; pass `refs` then. At most 50 things in one plan, the most expensive first.',
    how: '`stop` or `delete`, for pods. Jobs are cancelled either way, which cannot be undone. Stopping a Nebula pod is not known to end its cost.',
  },
  cases: [
    {
      title: 'everything, only the plan',
      requests: { run: [3, 1] },
      shown: true,
      before: [{ pod: 'volt' }, { pod: 'nebula', name: 'box' }, { job: 'training' }, { pass_seconds: 3600 }],
      args: { all: true, how: 'stop', dry_run: true },
      sends: [],
    },
    {
      title: 'a Volt pod, stopped',
      before: [{ pod: 'volt' }, { pass_seconds: 3600 }],
      args: { refs: ['$pod'], how: 'stop' },
      sends: ['POST volt /pods/$pod.id/stop'],
      challenge: 'stop 1',
      says: ['$pod', '0.34 | 0.00', VOLT_NOTES.data.stop],
      effect: { brings: ['stopping', 'stopped'] },
    },
    {
      title: 'a Nebula pod, stopped',
      before: [{ pod: 'nebula' }, { pass_seconds: 3600 }],
      args: { refs: ['$pod'], how: 'stop' },
      sends: ['GET nebula /computing/instance/$pod.id/stop'],
      challenge: 'stop 1',
      says: [/\$0\.49\/h/, ...NEBULA_NOTES.stop],
    },
    {
      title: 'a Volt pod, deleted',
      before: [{ pod: 'volt' }, { pass_seconds: 3600 }],
      args: { refs: ['$pod'], how: 'delete' },
      sends: ['DELETE volt /pods/$pod.id'],
      challenge: 'delete 1',
      says: [VOLT_NOTES.data.delete, ...VOLT_NOTES.delete],
    },
    {
      title: 'a Nebula pod, deleted',
      requests: { plan: [2, 1], run: [5, 3] },
      shown: true,
      before: [{ pod: 'nebula' }, { pass_seconds: 3600 }],
      args: { refs: ['$pod'], how: 'delete' },
      sends: ['DELETE nebula /computing/instance/$pod.id'],
      challenge: 'delete 1',
      says: ['0.49 | 0.00', ...NEBULA_NOTES.delete],
      effect: { brings: ['Deleted'] },
    },
    {
      title: 'a job, cancelled',
      before: [{ job: 'pending' }],
      args: { refs: ['$job'], how: 'stop' },
      sends: ['DELETE volt /fine-tuning/$job.id'],
      challenge: 'stop 1',
      says: ['full of $55.50', ...CANCEL_NOTES.full],
      effect: { brings: ['cancelled'] },
    },
  ],
});
