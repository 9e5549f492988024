import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WARNINGS } from '../../../src/clouds/volt/notes.ts';
import * as doc from './documented.ts';
import { fakeVolt, io } from './fake.ts';

const sshOf = async (fields: Record<string, unknown>) => {
  const { volt } = fakeVolt({ 'GET /pods/:id': { ...doc.POD_DETAIL, ...fields } });
  const { ssh_command, ssh_user, warnings } = await volt.pods.get(io(), 'pod_def456');
  return { ssh_command, ssh_user, warnings };
};

describe('ssh_command', () => {
  it.each([
    ['while deploying', { status: 'deploying', ip: null, ssh_port: null }],
    ['stopped, though the address is known', { status: 'stopped' }],
    ['without an address', { ip: null }],
    ['without a port', { ssh_port: null }],
    ['with a port that is none', { ssh_port: 70000 }],
    ['with an address that is none', { ip: '1.2.3.4; rm -rf ~' }],
    ['with an option for an address', { ip: '-oProxyCommand=calc' }],
    ['while SSH is not ready', { ssh_ready: false }],
  ])('is null %s', async (_name, fields) => {
    expect((await sshOf(fields)).ssh_command).toBeNull();
  });

  it('names root as an assumption', async () => {
    const { ssh_command, ssh_user, warnings } = await sshOf({ ssh_port: 31022 });
    expect(ssh_command).toBe('ssh root@203.0.113.42 -p 31022');
    expect(ssh_user).toBeNull();
    expect(warnings).toEqual([WARNINGS.assumed_root]);
  });

  it('uses the host and user of newer versions', async () => {
    const { ssh_command, ssh_user, warnings } = await sshOf({
      ssh_host: 'vm-1.ssh.voltagegpu.com',
      ssh_port: 20000,
      ssh_user: 'ubuntu',
    });
    expect(ssh_command).toBe('ssh ubuntu@vm-1.ssh.voltagegpu.com -p 20000');
    expect(ssh_user).toBe('ubuntu');
    expect(warnings).toEqual([]);
  });

  it.each([
    ['ssh -p 20000 ubuntu@vm.example.com', 'ssh ubuntu@vm.example.com -p 20000'],
    ['ssh ubuntu@vm.example.com -p 20000', 'ssh ubuntu@vm.example.com -p 20000'],
    ['ssh wrk-1@ssh.voltagegpu.com', 'ssh wrk-1@ssh.voltagegpu.com'],
  ])('rebuilds %j', async (given, expected) => {
    expect((await sshOf({ ssh_command: given })).ssh_command).toBe(expected);
  });

  it.each([
    'ssh u@h; curl evil.example',
    'ssh u@$(id)',
    'ssh -o ProxyCommand=calc u@h.example',
    'ssh u@-oProxyCommand=calc',
    'ssh -oX@h.example',
    'ssh u@h.example -p 99999',
    'scp u@h.example',
    'ssh u@h.example `id`',
  ])('falls back if the command is %j', async (given) => {
    expect((await sshOf({ ssh_command: given })).ssh_command).toBe('ssh root@203.0.113.42 -p 22');
  });

  it('never holds a character that a shell could act on', async () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('ssh a@b', 'ubuntu', 'h.example', '10.0.0.1'));
    await fc.assert(
      fc.asyncProperty(text, text, text, text, async (ip, ssh_host, ssh_user, ssh_command) => {
        const found = await sshOf({ ip, ssh_host, ssh_user, ssh_command });
        expect(found.ssh_command ?? 'ssh a@b').toMatch(
          /^ssh [A-Za-z0-9_][\w.-]*@[A-Za-z0-9:][\w.:-]*( -p \d{1,5})?$/,
        );
      }),
      { numRuns: 200 },
    );
  });
});
