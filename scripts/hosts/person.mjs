import { setTimeout as sleep } from 'node:timers/promises';
import { PROMPT } from './hosts.mjs';
import { openTerminal } from './terminal.mjs';

/** One of our forms on a screen, however the host wraps it; the word that it asks for. */
export const FORM = /Type\s+"([^"]+)"\s+to\s+confirm/;
const LOOK_MS = 400;

const RENT = {
  'the price': /\$2\.39\/\s*h/,
  'that billing goes on': /until\s+you\s+(?:stop|end|delete)|billed\s+for\s+as\s+long/,
};
const DELETE = {
  'which pod': /Delete\s.*pod\s+"host-check"/s,
  'that it is for good': /Permanent|for\s+good/,
};
/** The facts that a person who agrees to the call of a step has to see without scrolling. */
const NEEDED = { plan: RENT, consent: RENT, delete: DELETE, deleted: DELETE };

/** Which of the needed facts a screen shows and which it hides. */
export function factsOn({ step, screen }) {
  const facts = Object.entries(NEEDED[step] ?? {});
  const named = (wanted) =>
    facts.flatMap(([fact, pattern]) => (pattern.test(screen) === wanted ? [fact] : []));
  return { shows: named(true), hides: named(false), cut: /\+\d+ more lines/.exec(screen)?.[0] ?? null };
}

/** Types what a form asks for and submits it. */
async function fillIn(terminal, word, enters) {
  terminal.type(word);
  for (let times = 0; times < enters; times += 1) {
    await sleep(LOOK_MS * 2);
    terminal.press('Enter');
  }
}

/**
 * A person before a host in a terminal of 80 columns and 24 lines, who says yes to everything: to the host's own
 * questions with its keys, to our forms by typing the word. Returns the screen of each question, once for each step of the
 * model, until the model has no more to do.
 */
export async function attend(host, { command, args, env, cwd }, model, limitMs) {
  const terminal = openTerminal(`gpu-cloud-mcp-${host.id}-${process.pid}`, command, args, env, cwd);
  const seen = [];
  const ends = Date.now() + limitMs;
  let acted = null;
  try {
    while (Date.now() < ends && !terminal.hasEnded()) {
      await sleep(LOOK_MS);
      if (model.isOver()) {
        if (model.step() !== null) break;
        // It began before our server was ready, and so without our tools: the person asks once more.
        await sleep(5 * LOOK_MS);
        model.again();
        await fillIn(terminal, PROMPT, 1);
      }
      const screen = terminal.screen();
      if (screen === acted) continue;
      acted = screen;
      const step = model.step();
      const word = FORM.exec(screen)?.[1];
      const isKnown = (kind) => seen.some((one) => one.kind === kind && one.step === step);
      if (word !== undefined && !isKnown('form')) {
        // A form may still be drawn: the person reads the second screen.
        await sleep(LOOK_MS);
        seen.push({ kind: 'form', step, screen: terminal.screen() });
        await fillIn(terminal, word, host.enters ?? 1);
        continue;
      }
      const [kind, , keys] = host.screens.find(([, pattern]) => pattern.test(screen)) ?? [];
      if (kind === undefined) continue;
      if (!isKnown(kind)) seen.push({ kind, step, screen });
      for (const key of keys) terminal.press(key);
    }
    return { seen, last: terminal.screen(), isOver: model.isOver() };
  } finally {
    terminal.close();
  }
}
