import type { Caps } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import type { Plan, Planned } from '../core/plan.ts';
import type { ConfirmMode } from '../core/policy.ts';
import type { TokenVerdict } from '../store/token.ts';
import { judge, type Usage } from './limits.ts';

/** What the operator and the client's abilities allow. */
export interface Policy {
  mode: ConfirmMode;
  read_only: boolean;
  caps: Caps;
  /** The client can push a question to a person (capability `elicitation`, form). */
  can_ask: boolean;
}

/** What is known about consent so far. */
export type Answer =
  | { kind: 'none' }
  | { kind: 'typed'; text: string }
  | { kind: 'declined' }
  | { kind: 'dismissed' }
  | { kind: 'expired' }
  /** The client declared that it can ask, and then could not. */
  | { kind: 'unshown' }
  | { kind: 'token'; verdict: TokenVerdict };

/** The gate's decision about one call. */
export type Decision =
  | { do: 'execute' }
  | { do: 'ask' }
  | { do: 'pending' }
  | { do: 'refuse'; error: GpuError };

const refuse = (error: GpuError): Decision => ({ do: 'refuse', error });

/** True where the typed text is the challenge; surrounding space, letter case and a leading `$` are forgiven. */
export function meets(challenge: string, typed: string): boolean {
  const bare = (text: string) => text.normalize('NFC').trim().replace(/^\$/, '').trim().toLowerCase();
  return bare(typed) === bare(challenge) && bare(challenge) !== '';
}

const HOW_TO_ASK =
  'Use a client that supports MCP elicitation (Claude Code, VS Code, Cursor, Codex, Goose), `gpu-cloud-mcp call` in a terminal, or let the operator start the server with --confirm auto.';

/**
 * The gate as a pure state machine: which step follows for this plan under this policy with this answer.
 * `usage` is what the fleet burns without this action; null for actions that cannot raise it.
 */
export function decide(planned: Planned, policy: Policy, usage: Usage | null, answer: Answer): Decision {
  const { plan } = planned;
  if (policy.read_only) return refuse(readOnly(plan));
  const over = judge(planned, policy.caps, usage);
  if (over !== null) return refuse(over);
  if (policy.mode === 'block') {
    return refuse(
      new GpuError(
        'declined',
        'This server is started with --confirm block: it shows plans but executes nothing.',
        {
          hint: 'Show the plan to the user. Only the operator can allow it, with --confirm auto or human.',
          plan,
        },
      ),
    );
  }
  return policy.can_ask ? judgePerson(plan, answer) : judgeToken(plan, policy.mode, answer);
}

function judgePerson(plan: Plan, answer: Answer): Decision {
  switch (answer.kind) {
    case 'none':
      return { do: 'ask' };
    case 'typed':
      if (meets(plan.challenge, answer.text)) return { do: 'execute' };
      return refuse(declined(plan, 'The typed text is not the one asked for, so this counts as a no.'));
    case 'declined':
      return refuse(declined(plan, 'The user declined.'));
    case 'dismissed':
      return refuse(declined(plan, 'The user closed the question without answering, which counts as a no.'));
    case 'expired':
      return refuse(
        new GpuError('timeout', 'Nobody answered the confirmation in time. Nothing was done.', {
          hint: 'Ask the user whether they still want this, then call again.',
          plan,
        }),
      );
    case 'unshown':
      return refuse(
        new GpuError(
          'confirmation_required',
          'The client says that it can ask the user, but it could not show the question. Nothing was done.',
          { hint: `Tell the user. ${HOW_TO_ASK}`, plan },
        ),
      );
    case 'token':
      return refuse(
        new GpuError(
          'confirmation_invalid',
          'confirmation_token: this client asks the user itself; no token is valid here.',
          {
            hint: 'Call again without confirmation_token; the user will be asked.',
            plan,
          },
        ),
      );
  }
}

function judgeToken(plan: Plan, mode: ConfirmMode, answer: Answer): Decision {
  if (mode === 'human') {
    return refuse(
      new GpuError('confirmation_required', 'A person must confirm this, and this client cannot ask one.', {
        hint: HOW_TO_ASK,
        plan,
      }),
    );
  }
  if (answer.kind !== 'token') return { do: 'pending' };
  switch (answer.verdict) {
    case 'valid':
      return { do: 'execute' };
    case 'changed':
      return { do: 'pending' };
    default:
      return refuse(
        new GpuError('confirmation_invalid', `confirmation_token: ${TOKEN_FAULTS[answer.verdict]}`, {
          hint: 'Call again without confirmation_token to get a fresh plan and token, and show that plan to the user.',
          plan,
        }),
      );
  }
}

const TOKEN_FAULTS: Record<Exclude<TokenVerdict, 'valid' | 'changed'>, string> = {
  unknown: 'not a token of this server, or already used. Nothing was done.',
  expired: 'older than 10 minutes. Nothing was done.',
  other_call: 'it belongs to another call (other tool or other arguments) and is now void. Nothing was done.',
  other_session: 'it belongs to another session and is now void. Nothing was done.',
};

const declined = (plan: Plan, why: string): GpuError =>
  new GpuError('declined', `${why} Nothing was done.`, {
    hint: 'This is final for this plan. Do not call again unless the user asks for it anew.',
    plan,
  });

/** The refusal of every write on a read-only server. */
export const readOnly = (plan: Plan | null): GpuError =>
  new GpuError('read_only', 'This server is read-only.', {
    hint: 'The operator can start it without --read-only.',
    ...(plan === null ? {} : { plan }),
  });
