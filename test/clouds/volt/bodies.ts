// Request bodies of the Volt API Reference, byte for byte but for white space.

const templateInput = {
  env_vars: { MODEL_DIR: '/workspace/models', COMFY_ARGS: '--listen 0.0.0.0' },
  ports: [8188, 22],
  docker_credential_id: 'cred_abc123',
  description: 'SDXL with ComfyUI and all LoRA adapters',
  category: 'image-generation',
  image: 'ghcr.io/my-org/sdxl-server:v2.0',
  name: 'Stable Diffusion XL',
};

export const jsonOf = {
  templateInput,
  template:
    '{"name":"Stable Diffusion XL","image":"ghcr.io/my-org/sdxl-server:v2.0","category":"image-generation","description":"SDXL with ComfyUI and all LoRA adapters","docker_credential_id":"cred_abc123","ports":[8188,22],"env_vars":{"MODEL_DIR":"/workspace/models","COMFY_ARGS":"--listen 0.0.0.0"}}',
  templateChange: {
    env_vars: { MODEL_DIR: '/workspace/models', COMFY_ARGS: '--listen 0.0.0.0 --preview-method auto' },
    name: 'Stable Diffusion XL v2.1',
    image: 'ghcr.io/my-org/sdxl-server:v2.1',
  },
  templateUpdate:
    '{"name":"Stable Diffusion XL v2.1","image":"ghcr.io/my-org/sdxl-server:v2.1","env_vars":{"MODEL_DIR":"/workspace/models","COMFY_ARGS":"--listen 0.0.0.0 --preview-method auto"}}',
  credentialInput: {
    password: 'eyJwYXlsb2FkIjoiNGZ...',
    username: 'AWS',
    registry: '123456789.dkr.ecr.us-east-1.amazonaws.com',
    name: 'AWS ECR Production',
  },
  credential:
    '{"name":"AWS ECR Production","registry":"123456789.dkr.ecr.us-east-1.amazonaws.com","username":"AWS","password":"eyJwYXlsb2FkIjoiNGZ..."}',
};
