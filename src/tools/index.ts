import type { Clouds } from '../core/cloud.ts';
import type { Toolset } from '../core/policy.ts';
import { createApiKey, listApiKeys, revokeApiKey } from './api-keys.ts';
import { downloadInvoice, listInvoices, listPayments } from './billing.ts';
import {
  addDockerCredential,
  deleteDockerCredential,
  getDockerCredential,
  listDockerCredentials,
} from './docker-credentials.ts';
import { submitFinetune } from './finetune.ts';
import { listImages } from './images.ts';
import { generateImage } from './inference/image.ts';
import { listModels } from './inference/models.ts';
import { embedText, generateText } from './inference/text.ts';
import { cancelJob, getJob, listJobs } from './jobs.ts';
import { listMachines } from './machines.ts';
import { deletePod, restartPod, startPod, stopPod } from './pods/acts.ts';
import { createPod } from './pods/create.ts';
import { getPod, listPods } from './pods/pods.ts';
import { updatePod } from './pods/update.ts';
import { getSpend } from './spend.ts';
import { addSshKey, deleteSshKey, listSshKeys, renameSshKey } from './ssh-keys.ts';
import { stopSpending } from './stop-spending.ts';
import { createTemplate, updateTemplate } from './template-changes.ts';
import { deleteTemplate, getTemplate, listTemplates } from './templates.ts';
import type { Tool } from './tool.ts';
import { waitFor } from './wait.ts';

/** Every tool there is, in the order in which a list shows them. */
export const TOOLS: readonly Tool[] = [
  listMachines,
  listImages,
  listPods,
  getPod,
  createPod,
  startPod,
  stopPod,
  restartPod,
  updatePod,
  deletePod,
  waitFor,
  listJobs,
  getJob,
  submitFinetune,
  cancelJob,
  stopSpending,
  getSpend,
  listSshKeys,
  addSshKey,
  renameSshKey,
  deleteSshKey,
  listTemplates,
  getTemplate,
  createTemplate,
  updateTemplate,
  deleteTemplate,
  listDockerCredentials,
  getDockerCredential,
  addDockerCredential,
  deleteDockerCredential,
  listApiKeys,
  createApiKey,
  revokeApiKey,
  listInvoices,
  downloadInvoice,
  listPayments,
  listModels,
  generateText,
  generateImage,
  embedText,
];

/** The facts that decide which tools exist in one server. */
export interface Selection {
  clouds: Clouds;
  readOnly: boolean;
  toolsets: ReadonlySet<Toolset>;
}

/** Why a known tool does not exist here. */
type Absence = 'read_only' | 'not_configured' | 'toolset';

/** Why the tool does not exist under this selection; null if it does. */
export function absence(tool: Tool, { clouds, readOnly, toolsets }: Selection): Absence | null {
  if (!clouds.all().some(tool.needs)) return 'not_configured';
  if (readOnly && tool.effect !== 'read') return 'read_only';
  return toolsets.has(tool.toolset) ? null : 'toolset';
}

/** The tools that exist under this selection. */
export const selectTools = (selection: Selection): Tool[] =>
  TOOLS.filter((tool) => absence(tool, selection) === null);
