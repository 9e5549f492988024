import type { Harness } from '../../harness.ts';
import { json, type WireRow } from './row.ts';

const LLAMA = 'meta-llama/Llama-3.1-8B-Instruct';

async function job(harness: Harness): Promise<string> {
  const { structured } = await harness.call('submit_finetune', {
    name: 'earlier',
    task_type: 'text',
    model: LLAMA,
    hours: 1,
    dataset_repo: 'myorg/support-qa',
  });
  return structured.job?.id ?? 'none';
}

const submit = (title: string, args: Record<string, unknown>, body: Record<string, unknown>): WireRow => ({
  title,
  tool: 'submit_finetune',
  args: () => args,
  sends: () => [['POST volt /fine-tuning', json(body)]],
});

/** Jobs. The bodies are the six examples of the Volt API Reference, Fine-Tuning Jobs, as they stand there; `custom_text` follows `custom_chat`. */
export const JOB_ROWS: readonly WireRow[] = [
  submit(
    'text: the documented body',
    {
      name: 'my-llama-finetune',
      task_type: 'text',
      model: LLAMA,
      dataset_repo: 'myorg/support-qa',
      hours: 2,
      field_instruction: 'instruction',
      field_output: 'output',
    },
    {
      name: 'my-llama-finetune',
      taskType: 'text',
      model: LLAMA,
      dsRepo: 'myorg/support-qa',
      hours: 2,
      fieldInstruction: 'instruction',
      fieldOutput: 'output',
    },
  ),
  submit(
    'chat: the documented body',
    {
      name: 'my-chat-finetune',
      task_type: 'chat',
      model: LLAMA,
      dataset_repo: 'myorg/chat-dataset',
      hours: 3,
      chat_template: 'llama3',
      field_conversation: 'conversations',
    },
    {
      name: 'my-chat-finetune',
      taskType: 'chat',
      model: LLAMA,
      dsRepo: 'myorg/chat-dataset',
      hours: 3,
      chatTemplate: 'llama3',
      fieldConversation: 'conversations',
    },
  ),
  submit(
    'dpo: the documented body',
    {
      name: 'my-dpo-alignment',
      task_type: 'dpo',
      model: LLAMA,
      dataset_repo: 'myorg/preference-pairs',
      hours: 4,
      chat_template: 'llama3',
      field_prompt: 'prompt',
      field_chosen: 'chosen',
      field_rejected: 'rejected',
    },
    {
      name: 'my-dpo-alignment',
      taskType: 'dpo',
      model: LLAMA,
      dsRepo: 'myorg/preference-pairs',
      hours: 4,
      chatTemplate: 'llama3',
      fieldPrompt: 'prompt',
      fieldChosen: 'chosen',
      fieldRejected: 'rejected',
    },
  ),
  submit(
    'grpo: the documented body',
    {
      name: 'my-grpo-alignment',
      task_type: 'grpo',
      model: LLAMA,
      dataset_repo: 'myorg/prompts',
      hours: 3,
      chat_template: 'llama3',
    },
    {
      name: 'my-grpo-alignment',
      taskType: 'grpo',
      model: LLAMA,
      dsRepo: 'myorg/prompts',
      hours: 3,
      chatTemplate: 'llama3',
    },
  ),
  submit(
    'custom_chat: the documented body',
    {
      name: 'custom-data-train',
      task_type: 'custom_chat',
      model: 'Qwen/Qwen2.5-7B-Instruct',
      dataset_url: 'https://my-server.com/data.jsonl',
      hours: 2,
    },
    {
      name: 'custom-data-train',
      taskType: 'custom_chat',
      model: 'Qwen/Qwen2.5-7B-Instruct',
      datasetUrl: 'https://my-server.com/data.jsonl',
      hours: 2,
    },
  ),
  {
    ...submit(
      'custom_text',
      {
        name: 'custom-data-train',
        task_type: 'custom_text',
        model: 'Qwen/Qwen2.5-7B-Instruct',
        dataset_url: 'https://my-server.com/data.jsonl',
        hours: 2,
      },
      {
        name: 'custom-data-train',
        taskType: 'custom_text',
        model: 'Qwen/Qwen2.5-7B-Instruct',
        datasetUrl: 'https://my-server.com/data.jsonl',
        hours: 2,
      },
    ),
    refused: true,
  },
  submit(
    'image: the documented body, and a webhook',
    {
      name: 'my-flux-lora',
      task_type: 'image',
      model: 'black-forest-labs/FLUX.1-dev',
      dataset_repo: 'myorg/product-photos',
      hours: 1,
      image_model_type: 'flux',
      webhook_url: 'https://my-server.com/hooks/job',
    },
    {
      name: 'my-flux-lora',
      taskType: 'image',
      model: 'black-forest-labs/FLUX.1-dev',
      dsRepo: 'myorg/product-photos',
      hours: 1,
      imageModelType: 'flux',
      webhookUrl: 'https://my-server.com/hooks/job',
    },
  ),
  {
    title: 'all; the state is filtered here, because the documents do not tell what the cloud accepts',
    tool: 'list_jobs',
    args: () => ({ status: 'training' }),
    sends: () => [['GET volt /fine-tuning']],
  },
  {
    title: 'one',
    tool: 'get_job',
    prepare: job,
    args: (id) => ({ job: `volt:job:${id}` }),
    sends: (id) => [[`GET volt /fine-tuning/${id}`]],
  },
  {
    title: 'no body',
    tool: 'cancel_job',
    prepare: job,
    args: (id) => ({ job: `volt:job:${id}` }),
    sends: (id) => [[`DELETE volt /fine-tuning/${id}`]],
  },
];
