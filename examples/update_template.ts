import { TEMPLATE_NOTES } from '../src/clouds/volt/notes.ts';
import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Move our template to the image tag 4.',
      knows: 'volt:template:tpl_own, ghcr.io/acme/train',
      args: { template: 'volt:template:tpl_own', image: 'ghcr.io/acme/train:4' },
    },
  ],
  meanings: {
    name: 'New name.',
    image: 'New container image.',
    description: 'New description.',
    env_vars: 'All variables at once: those not given here go. Values are never shown again.',
    remove_all:
      'Takes off all variables or ports of the template; an empty list or map is refused, because some hosts send one for what was left out.',
  },
  cases: [
    {
      title: 'name and variables',
      requests: { plan: [1, 1], run: [3, 3] },
      shown: true,
      args: {
        template: 'volt:template:tpl_custom_01',
        name: 'Stable Diffusion XL v2.1',
        env_vars: { MODEL_DIR: '/workspace/models', COMFY_ARGS: '--listen 0.0.0.0' },
      },
      // Only what changes is sent; env_vars as a whole.
      sends: [
        [
          'PUT volt /templates/tpl_custom_01',
          {
            name: 'Stable Diffusion XL v2.1',
            env_vars: { MODEL_DIR: '/workspace/models', COMFY_ARGS: '--listen 0.0.0.0' },
          },
        ],
      ],
      challenge: 'update',
      plan: { ref: 'volt:template:tpl_custom_01' },
      says: TEMPLATE_NOTES.update,
      effect: { makes: 'volt.templates', name: 'Stable Diffusion XL v2.1' },
    },
  ],
});
