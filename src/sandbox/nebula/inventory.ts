import { NEBULA_API_KEY } from '../constants.ts';
import type { NebulaImage, NebulaModel, NebulaProduct, NebulaState } from './state.ts';

type Row = [
  id: string,
  dc_id: number,
  region: string,
  kind: 'Container' | 'Virtual Machine',
  gpu: string,
  gpu_type: string,
  gpu_count: number,
  price: number,
  cpu: number,
  ram: number,
  disk: number,
  ephemeral: number,
  stock: number,
  is_available: boolean,
];

const VM = 'Virtual Machine';

/** Our own offers in the documented shape. Data centre number 2 exists in CANADA and in NORWAY on purpose. */
const PRODUCT_ROWS: Row[] = [
  ['prd-ca-a6000-1', 1, 'CANADA', VM, 'RTX-A6000', 'A6000', 1, 0.49, 28, 58, 100, 725, 12, true],
  ['prd-ca-a6000-2', 1, 'CANADA', VM, 'RTX-A6000', 'A6000', 2, 0.98, 56, 116, 100, 1450, 5, true],
  ['prd-ca-h100-1', 2, 'CANADA', VM, 'H100-80G-PCIe', 'H100', 1, 1.95, 28, 180, 100, 750, 4, true],
  ['prd-ca-h100-8', 2, 'CANADA', VM, 'H100-80G-SXM', 'H100', 8, 19.2, 192, 1800, 100, 32000, 1, true],
  ['prd-ca-l40-1', 1, 'CANADA', VM, 'L40', 'L40', 1, 1.0, 28, 58, 100, 725, 0, true],
  ['prd-no-a100-1', 2, 'NORWAY', VM, 'A100-80G-PCIe', 'A100', 1, 1.35, 28, 120, 100, 750, 6, true],
  ['prd-no-a100-4', 2, 'NORWAY', VM, 'A100-80G-PCIe', 'A100', 4, 5.4, 124, 480, 100, 3200, 2, true],
  ['prd-no-h100-1', 2, 'NORWAY', VM, 'H100-80G-PCIe', 'H100', 1, 2.05, 28, 180, 100, 750, 3, true],
  ['prd-us-l40s-1', 3, 'US-1', VM, 'L40S-48G', 'L40S', 1, 0.89, 16, 96, 200, 0, 7, true],
  ['prd-us-l40s-4', 3, 'US-1', VM, 'L40S-48G', 'L40S', 4, 3.52, 64, 384, 200, 0, 2, true],
  ['prd-us-h100-2', 3, 'US-1', VM, 'H100-80G-SXM', 'H100', 2, 4.78, 52, 360, 200, 1500, 2, false],
  ['prd-us-rtx4090-c', 4, 'US-2', 'Container', 'RTX-4090', 'RTX4090', 1, 0.42, 12, 48, 80, 0, 9, true],
];

type ImageRow = [id: string, dc_id: number, region: string, os_name: string, os_type: string];

const IMAGE_ROWS: ImageRow[] = [
  ['img-ca1-ubuntu2204', 1, 'CANADA', 'Ubuntu Server 22.04 LTS R570 CUDA 12.8', 'Ubuntu'],
  ['img-ca1-debian12', 1, 'CANADA', 'Debian 12', 'Debian'],
  ['img-ca2-ubuntu2204', 2, 'CANADA', 'Ubuntu Server 22.04 LTS R570 CUDA 12.8', 'Ubuntu'],
  ['img-ca2-ubuntu2404', 2, 'CANADA', 'Ubuntu Server 24.04 LTS R570 CUDA 12.8', 'Ubuntu'],
  ['img-no2-ubuntu2204', 2, 'NORWAY', 'Ubuntu Server 22.04 LTS R570 CUDA 12.8', 'Ubuntu'],
  ['img-us3-ubuntu2204', 3, 'US-1', 'Ubuntu Server 22.04 LTS R535 CUDA 12.2', 'Ubuntu'],
  ['img-us4-pytorch', 4, 'US-2', 'PyTorch 2.5 CUDA 12.4', 'Container'],
];

function product(row: Row): NebulaProduct {
  const [id, dc_id, region, product_type, gpu, gpu_type, gpu_count, price_per_hour, cpu, ram, disk_size] =
    row;
  const [, , , , , , , , , , , ephemeral, stock, is_available] = row;
  const place = { id, dc_id, product_type, region, price_per_hour };
  const size = { cpu, ram, gpu, gpu_type, gpu_count, disk_size, ephemeral };
  return { ...place, ...size, stock, cycle: 'hourly', is_available };
}

function image([id, dc_id, region, os_name, os_type]: ImageRow): NebulaImage {
  return { id, dc_id, os_name, os_type, region };
}

const hub = (name: string) => `https://huggingface.co/${name}`;

/** Our own choice of models in the documented shape of GET /serverless/models. */
const NEBULA_MODELS: NebulaModel[] = [
  {
    model_name: 'meta-llama/Llama-3.3-70B-Instruct',
    model_alias: 'Llama3.3-70B',
    model_type: 'text',
    context_length: 131_072,
    max_completion_tokens: 8192,
    description: 'Multilingual instruction-tuned text model.',
    price: 0.12,
    huggingface_url: hub('meta-llama/Llama-3.3-70B-Instruct'),
  },
  {
    model_name: 'deepseek-ai/DeepSeek-R1',
    model_alias: 'DeepSeek-R1',
    model_type: 'text',
    context_length: 65_536,
    max_completion_tokens: 32_768,
    description: 'Reasoning model.',
    price: 1.5,
    huggingface_url: hub('deepseek-ai/DeepSeek-R1'),
  },
  {
    model_name: 'Qwen/Qwen2.5-VL-7B-Instruct',
    model_alias: 'Qwen2.5-VL-7B',
    model_type: 'vision',
    context_length: 32_768,
    max_completion_tokens: 8192,
    description: 'Text and image understanding.',
    price: 0.1,
    huggingface_url: hub('Qwen/Qwen2.5-VL-7B-Instruct'),
  },
  {
    model_name: 'black-forest-labs/FLUX.1-schnell',
    model_alias: 'FLUX.1-schnell',
    model_type: 'image',
    context_length: null,
    max_completion_tokens: 0,
    description: 'Fast text-to-image model.',
    price: 0.003,
    huggingface_url: hub('black-forest-labs/FLUX.1-schnell'),
  },
  {
    model_name: 'stabilityai/stable-diffusion-xl-base-1.0',
    model_alias: 'SD-XL 1.0-base',
    model_type: 'image',
    context_length: null,
    max_completion_tokens: 0,
    description: 'Text-to-image and inpainting.',
    price: 0.005,
    huggingface_url: hub('stabilityai/stable-diffusion-xl-base-1.0'),
  },
  {
    model_name: 'BAAI/bge-large-en-v1.5',
    model_alias: 'BGE-Large-EN-v1.5',
    model_type: 'embedding',
    context_length: 512,
    max_completion_tokens: 0,
    description: 'English text embeddings.',
    price: 0.01,
    huggingface_url: hub('BAAI/bge-large-en-v1.5'),
  },
  {
    model_name: 'WhereIsAI/UAE-Large-V1',
    model_alias: 'UAE-Large-V1',
    model_type: 'embedding',
    context_length: 512,
    max_completion_tokens: 0,
    description: 'Universal angle-optimised text embeddings.',
    price: 0.01,
    huggingface_url: hub('WhereIsAI/UAE-Large-V1'),
  },
];

/** A fresh account with SSH key 73, two API keys, five invoices and four history rows, no instances. */
export function freshNebula(jwtSecret: string): NebulaState {
  return {
    products: PRODUCT_ROWS.map(product),
    images: IMAGE_ROWS.map(image),
    instances: [],
    ssh_keys: [
      {
        id: 73,
        key_name: 'work-laptop',
        key_data: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFNhbmRib3hLZXlTYW5kYm94S2V5U2FuZGJveEs= work-laptop',
        created_ms: Date.UTC(2024, 10, 5, 23, 1, 7),
      },
    ],
    api_keys: [
      { id: 4, name: 'sandbox', description: 'The key in use', key: NEBULA_API_KEY },
      { id: 5, name: 'old-notebook', description: '', key: 'ak_sandbox_old_notebook' },
    ],
    invoices: [
      { id: 301, price: 10, invoiced_ms: Date.UTC(2024, 9, 29, 18, 19, 32) },
      { id: 317, price: 50, invoiced_ms: Date.UTC(2024, 10, 12, 9, 4, 5) },
      { id: 342, price: 200, invoiced_ms: Date.UTC(2024, 11, 1, 17, 0, 0) },
      { id: 388, price: 500, invoiced_ms: Date.UTC(2025, 1, 3, 2, 30, 41) },
      { id: 401, price: 500, invoiced_ms: Date.UTC(2025, 6, 1, 16, 0, 0) },
    ],
    credit_rows: [
      { computing_amount: 1.47, serverless_amount: 0, created_ms: Date.UTC(2024, 10, 4, 16, 0, 0) },
      { computing_amount: 0, serverless_amount: 0.014, created_ms: Date.UTC(2024, 10, 5, 16, 0, 0) },
      { computing_amount: 23.52, serverless_amount: 0.2, created_ms: Date.UTC(2024, 11, 2, 17, 0, 0) },
      { computing_amount: 6.24, serverless_amount: 0, created_ms: Date.UTC(2025, 1, 4, 17, 0, 0) },
    ],
    models: NEBULA_MODELS.map((model) => ({ ...model })),
    jwt_secret: jwtSecret,
    addresses: 0,
    last_ssh_key: 73,
    last_api_key: 5,
  };
}
