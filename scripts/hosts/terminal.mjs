import { spawnSync } from 'node:child_process';

/** The size of a terminal that nobody made larger. */
const COLUMNS = '80';
const LINES = '24';

const quoted = (word) => `'${word.replaceAll("'", "'\\''")}'`;

/** Whether this machine has tmux, in which a host gets a real terminal whose screen can be read. */
export const HAS_TMUX = spawnSync('tmux', ['-V']).status === 0;

/** Starts a program in a terminal of its own; no environment but this reaches it. */
export function openTerminal(name, command, args, env, cwd) {
  const tmux = (...words) =>
    spawnSync('tmux', ['-L', name, '-f', '/dev/null', ...words], { encoding: 'utf8' });
  const clean = [
    'env',
    '-i',
    ...Object.entries({ ...env, TERM: 'tmux-256color' }).map(([key, value]) => `${key}=${value}`),
  ];
  const line = [...clean, command, ...args].map(quoted).join(' ');
  tmux('new-session', '-d', '-x', COLUMNS, '-y', LINES, '-c', cwd, line, ';', 'set', 'remain-on-exit', 'on');
  return {
    /** What a person sees now, without scrolling. */
    screen: () => tmux('capture-pane', '-p').stdout.trimEnd(),
    hasEnded: () => tmux('display-message', '-p', '#{pane_dead}').stdout.trim() !== '0',
    type: (text) => tmux('send-keys', '-l', text),
    press: (key) => tmux('send-keys', key),
    /** Ends the program, for not every one ends when its terminal goes. */
    close() {
      const pid = Number(tmux('display-message', '-p', '#{pane_pid}').stdout);
      tmux('kill-server');
      try {
        if (pid > 1) process.kill(-pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    },
  };
}
