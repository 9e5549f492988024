import type {
  ApiKeyOps,
  BillingOps,
  Cloud,
  DockerCredentialOps,
  InferenceOps,
  JobOps,
  PodOps,
  SshKeyOps,
  TemplateOps,
} from './cloud.ts';
import { GpuError } from './errors.ts';

/** The optional parts of a cloud, by the names that tools use in `needs`. */
interface Features {
  images: NonNullable<Cloud['images']>;
  jobs: JobOps;
  sshKeys: SshKeyOps;
  'sshKeys.rename': NonNullable<SshKeyOps['rename']>;
  templates: TemplateOps;
  dockerCredentials: DockerCredentialOps;
  apiKeys: ApiKeyOps;
  billing: BillingOps;
  inference: InferenceOps;
  'pods.restart': NonNullable<PodOps['restart']>;
  'pods.update': NonNullable<PodOps['update']>;
}
export type Feature = keyof Features;

/** Each feature's place on a cloud, its name in an error, and the alternative on a cloud without it. */
const FEATURES: {
  [N in Feature]: { of: (cloud: Cloud) => Features[N] | undefined; what: string; instead: string };
} = {
  images: {
    of: (cloud) => cloud.images,
    what: 'images',
    instead: 'See the inputs of create_pod for what its machines take instead.',
  },
  jobs: {
    of: (cloud) => cloud.jobs,
    what: 'fine-tuning jobs',
    instead: 'Rent a pod and train there.',
  },
  sshKeys: { of: (cloud) => cloud.sshKeys, what: 'SSH keys', instead: 'Name another cloud.' },
  'sshKeys.rename': {
    of: (cloud) => cloud.sshKeys?.rename,
    what: 'renaming of SSH keys',
    instead: 'Add the key again under the new name with add_ssh_key, then delete the old entry.',
  },
  templates: {
    of: (cloud) => cloud.templates,
    what: 'templates',
    instead: 'See the inputs of create_pod for what its machines take instead.',
  },
  dockerCredentials: {
    of: (cloud) => cloud.dockerCredentials,
    what: 'docker credentials',
    instead: 'Use a public image there.',
  },
  apiKeys: { of: (cloud) => cloud.apiKeys, what: 'API keys', instead: 'Use the console of the cloud.' },
  billing: {
    of: (cloud) => cloud.billing,
    what: 'billing in its API',
    instead: 'See get_spend, and the billing page of the cloud.',
  },
  inference: {
    of: (cloud) => cloud.inference,
    what: 'hosted models',
    instead: 'Rent a pod and serve a model there.',
  },
  'pods.restart': {
    of: (cloud) => cloud.pods.restart,
    what: 'reboot',
    instead: 'Use stop_pod, wait_for until=stopped, then start_pod.',
  },
  'pods.update': {
    of: (cloud) => cloud.pods.update,
    what: 'update for pods',
    instead: 'It cannot be renamed or resized; create a new pod instead.',
  },
};

/** True if the cloud has the feature. */
export const hasFeature = (cloud: Cloud, feature: Feature): boolean =>
  FEATURES[feature].of(cloud) !== undefined;

/** The feature of a cloud. @throws GpuError `unsupported` with what to do instead */
export function requireFeature<N extends Feature>(cloud: Cloud, feature: N): Features[N] {
  const { of, what, instead } = FEATURES[feature];
  const found = of(cloud);
  if (found !== undefined) return found;
  throw new GpuError('unsupported', `${cloud.title} has no ${what}.`, { hint: instead, cloud: cloud.id });
}
