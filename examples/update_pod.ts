import { POD_NOTES } from '../src/clouds/volt/notes.ts';
import { defineExample } from './example.ts';

const TRAINER = 'trainer is volt:pod:pod_abc123';

export const example = defineExample({
  everyday: [
    {
      says: 'Take the old laptop key volt:ssh_key:key_old off trainer.',
      knows: TRAINER,
      args: { pod: 'volt:pod:pod_abc123', remove_ssh_keys: ['volt:ssh_key:key_old'] },
    },
    {
      says: 'Let trainer run without an end after all.',
      knows: `${TRAINER} and has a lease`,
      args: { pod: 'volt:pod:pod_abc123', max_lifetime_hours: 0 },
    },
    {
      says: 'Rename trainer to eval-box.',
      knows: TRAINER,
      args: { pod: 'volt:pod:pod_abc123', name: 'eval-box' },
    },
    {
      says: 'Let my colleague in on trainer as well, with the key volt:ssh_key:key_bob.',
      knows: TRAINER,
      args: { pod: 'volt:pod:pod_abc123', add_ssh_keys: ['volt:ssh_key:key_bob'] },
    },
    {
      says: 'Trainer may run another six hours, then stop it.',
      knows: TRAINER,
      args: { pod: 'volt:pod:pod_abc123', max_lifetime_hours: 6 },
    },
  ],
  meanings: {
    add_ssh_keys: 'Refs of keys that are added to those it has; an empty list changes nothing.',
    remove_ssh_keys:
      'Refs of keys that are removed; one that is not on the pod is refused. An empty list changes nothing.',
    max_lifetime_hours:
      'Hours from now until its lease ends; `0` lifts the lease. A lease ends only while a server runs. Changes nothing at the cloud.',
    name: 'New name.',
    ssh_keys: 'Refs of the keys that the pod will have: replaces them all.',
    volume_gb: 'New size of the volume; the pod must be stopped.',
    remove_all:
      'Takes off all SSH keys of the pod; an empty list or map is refused, because some hosts send one for what was left out.',
  },
  cases: [
    {
      title: 'Volt',
      requests: { plan: [2, 1], run: [3, 2] },
      shown: true,
      before: [{ pod: 'volt' }, { pass_seconds: 3600 }],
      args: { pod: '$pod', name: 'training-run-v2', ssh_keys: ['volt:ssh_key:key_abc123'] },
      sends: [['PUT volt /pods/$pod.id', { name: 'training-run-v2', ssh_key_ids: ['key_abc123'] }]],
      challenge: 'update',
      plan: { ref: '$pod' },
      says: [...(POD_NOTES.update.ssh_keys ?? []), 'key_abc123', 'work-laptop', '"training-run-v2"'],
      effect: { makes: 'pods', name: 'training-run-v2' },
    },
    {
      title: 'Volt, the volume of a stopped pod',
      before: [{ pod: 'volt', state: 'stopped' }],
      args: { pod: '$pod', volume_gb: 80 },
      sends: [['PUT volt /pods/$pod.id', { volume_size_gb: 80 }]],
      challenge: 'update',
      plan: { ref: '$pod' },
      says: ['80 GB', ...(POD_NOTES.update.volume_gb ?? [])],
    },
    {
      title: 'Volt, one more key',
      before: [{ pod: 'volt' }],
      args: { pod: '$pod', add_ssh_keys: ['volt:ssh_key:key_abc123'], remove_ssh_keys: [] },
      sends: [['PUT volt /pods/$pod.id', { ssh_key_ids: ['key_abc123'] }]],
      challenge: 'update',
      plan: { ref: '$pod' },
      says: ['"work-laptop"'],
    },
    {
      title: 'Volt, the last key removed',
      before: [{ pod: 'volt', ssh_keys: ['key_abc123'] }],
      args: { pod: '$pod', remove_ssh_keys: ['volt:ssh_key:key_abc123'] },
      sends: [['PUT volt /pods/$pod.id', { ssh_key_ids: [] }]],
      challenge: 'update',
      plan: { ref: '$pod' },
      says: [/removed: "work-laptop"/],
    },
    {
      title: 'Volt, the end of its lease: nothing is sent',
      before: [{ pod: 'volt' }],
      args: { pod: '$pod', max_lifetime_hours: 6 },
      sends: [],
      challenge: 'update',
      plan: { ref: '$pod' },
      says: ['2026-03-28T20:'],
    },
  ],
});
