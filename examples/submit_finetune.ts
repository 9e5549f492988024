import { GRPO_NOTE, SUBMIT_NOTES } from '../src/clouds/volt/notes-jobs.ts';
import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'What would two hours of fine-tuning cost? Do not submit it. The columns are question and answer; name it try-1.',
      knows: 'the model meta-llama/Llama-3.1-8B-Instruct and the dataset myorg/support-qa',
      args: {
        name: 'try-1',
        task_type: 'text',
        model: 'meta-llama/Llama-3.1-8B-Instruct',
        hours: 2,
        dataset_repo: 'myorg/support-qa',
        field_instruction: 'question',
        field_output: 'answer',
        dry_run: true,
      },
    },
    {
      says: 'Fine-tune Qwen2.5-7B-Instruct on myorg/support-qa for two hours, at most $60.',
      args: {
        name: 'support-qa',
        task_type: 'text',
        model: 'Qwen/Qwen2.5-7B-Instruct',
        hours: 2,
        dataset_repo: 'myorg/support-qa',
        max_usd: 60,
      },
    },
  ],
  meanings: {
    name: 'Name of the job: letters, digits, space, dot, dash, underscore; up to 64.',
    task_type: 'Kind of training; it decides which of the fields below are needed.',
    model: 'Hugging Face repository of the base model. Its size decides the price.',
    hours: 'Hours of training: hours x hourly price is debited at once.',
    dataset_repo: 'Hugging Face dataset; for every type but `custom_*`.',
    dataset_url: 'URL of a JSONL file; for `custom_text` and `custom_chat`.',
    chat_template:
      'For `chat`, `dpo`, `grpo`: `alpaca`, `chatml`, `deepseek_v3`, `gemma3`, `llama3`, `llama4`, `mistral_v3_tekken`, `phi_4`, `qwen_25` or `qwen3`.',
    field_instruction: 'Name of the dataset’s field; for `text`.',
    field_output: 'Name of the dataset’s field; for `text`.',
    field_conversation: 'Name of the dataset’s field; for `chat`.',
    field_prompt: 'Name of the dataset’s field; for `dpo`.',
    field_chosen: 'Name of the dataset’s field; for `dpo`.',
    field_rejected: 'Name of the dataset’s field; for `dpo`.',
    image_model_type: 'For `image`: `flux` or `sdxl`.',
    webhook_url: 'An https address that is sent the facts of the job when it ends.',
    max_usd: 'The user’s own limit on the debit: more is refused and nobody is asked.',
  },
  // The bodies are the examples of the Volt API Reference, Fine-Tuning Jobs, as they stand there.
  cases: [
    {
      title: 'text',
      requests: { plan: [1, 1], run: [2, 2] },
      shown: true,
      args: {
        name: 'my-llama-finetune',
        task_type: 'text',
        model: 'meta-llama/Llama-3.1-8B-Instruct',
        dataset_repo: 'myorg/support-qa',
        hours: 2,
        field_instruction: 'instruction',
        field_output: 'output',
        max_usd: 100,
      },
      sends: [
        [
          'POST volt /fine-tuning',
          {
            name: 'my-llama-finetune',
            taskType: 'text',
            model: 'meta-llama/Llama-3.1-8B-Instruct',
            dsRepo: 'myorg/support-qa',
            hours: 2,
            fieldInstruction: 'instruction',
            fieldOutput: 'output',
          },
        ],
      ],
      challenge: '92.50',
      plan: { cost: { usd_upfront: 55.5, usd_upfront_max: 92.5 } },
      says: ['$55.50 to $92.50', ...SUBMIT_NOTES],
      effect: { makes: 'jobs', name: 'my-llama-finetune' },
    },
    {
      title: 'chat',
      args: {
        name: 'my-chat-finetune',
        task_type: 'chat',
        model: 'meta-llama/Llama-3.1-8B-Instruct',
        dataset_repo: 'myorg/chat-dataset',
        hours: 3,
        chat_template: 'llama3',
        field_conversation: 'conversations',
      },
      sends: [
        [
          'POST volt /fine-tuning',
          {
            name: 'my-chat-finetune',
            taskType: 'chat',
            model: 'meta-llama/Llama-3.1-8B-Instruct',
            dsRepo: 'myorg/chat-dataset',
            hours: 3,
            chatTemplate: 'llama3',
            fieldConversation: 'conversations',
          },
        ],
      ],
      challenge: '138.75',
    },
    {
      title: 'dpo',
      args: {
        name: 'my-dpo-alignment',
        task_type: 'dpo',
        model: 'meta-llama/Llama-3.1-8B-Instruct',
        dataset_repo: 'myorg/preference-pairs',
        hours: 4,
        chat_template: 'llama3',
        field_prompt: 'prompt',
        field_chosen: 'chosen',
        field_rejected: 'rejected',
      },
      sends: [
        [
          'POST volt /fine-tuning',
          {
            name: 'my-dpo-alignment',
            taskType: 'dpo',
            model: 'meta-llama/Llama-3.1-8B-Instruct',
            dsRepo: 'myorg/preference-pairs',
            hours: 4,
            chatTemplate: 'llama3',
            fieldPrompt: 'prompt',
            fieldChosen: 'chosen',
            fieldRejected: 'rejected',
          },
        ],
      ],
      challenge: '185.00',
    },
    {
      title: 'grpo',
      args: {
        name: 'my-grpo-alignment',
        task_type: 'grpo',
        model: 'meta-llama/Llama-3.1-8B-Instruct',
        dataset_repo: 'myorg/prompts',
        hours: 3,
        chat_template: 'llama3',
      },
      sends: [
        [
          'POST volt /fine-tuning',
          {
            name: 'my-grpo-alignment',
            taskType: 'grpo',
            model: 'meta-llama/Llama-3.1-8B-Instruct',
            dsRepo: 'myorg/prompts',
            hours: 3,
            chatTemplate: 'llama3',
          },
        ],
      ],
      challenge: '138.75',
      says: [GRPO_NOTE],
    },
    {
      title: 'custom_chat',
      args: {
        name: 'custom-data-train',
        task_type: 'custom_chat',
        model: 'Qwen/Qwen2.5-7B-Instruct',
        dataset_url: 'https://my-server.com/data.jsonl',
        hours: 2,
      },
      sends: [
        [
          'POST volt /fine-tuning',
          {
            name: 'custom-data-train',
            taskType: 'custom_chat',
            model: 'Qwen/Qwen2.5-7B-Instruct',
            datasetUrl: 'https://my-server.com/data.jsonl',
            hours: 2,
          },
        ],
      ],
      challenge: '92.50',
    },
    {
      // The documents name this type but show no body; the strict simulator refuses it.
      title: 'custom_text',
      ends: 'invalid_input',
      args: {
        name: 'custom-data-train',
        task_type: 'custom_text',
        model: 'Qwen/Qwen2.5-7B-Instruct',
        dataset_url: 'https://my-server.com/data.jsonl',
        hours: 2,
      },
      sends: [
        [
          'POST volt /fine-tuning',
          {
            name: 'custom-data-train',
            taskType: 'custom_text',
            model: 'Qwen/Qwen2.5-7B-Instruct',
            datasetUrl: 'https://my-server.com/data.jsonl',
            hours: 2,
          },
        ],
      ],
    },
    {
      title: 'image, with a webhook',
      args: {
        name: 'my-flux-lora',
        task_type: 'image',
        model: 'black-forest-labs/FLUX.1-dev',
        dataset_repo: 'myorg/product-photos',
        hours: 1,
        image_model_type: 'flux',
        webhook_url: 'https://my-server.com/hooks/job',
      },
      sends: [
        [
          'POST volt /fine-tuning',
          {
            name: 'my-flux-lora',
            taskType: 'image',
            model: 'black-forest-labs/FLUX.1-dev',
            dsRepo: 'myorg/product-photos',
            hours: 1,
            imageModelType: 'flux',
            webhookUrl: 'https://my-server.com/hooks/job',
          },
        ],
      ],
      challenge: '9.25',
      says: ['my-server.com'],
    },
    {
      title: 'more than the operator allows',
      requests: { run: [1, 1] },
      shown: true,
      ends: 'over_limit',
      args: {
        name: 'big-bot',
        task_type: 'text',
        model: 'meta-llama/Llama-3.1-70B-Instruct',
        hours: 40,
        dataset_repo: 'myorg/support-qa',
      },
      sends: [],
    },
  ],
});
