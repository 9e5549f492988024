import type { FaultRule } from '../../src/sandbox/faults.ts';

/** One kind of fault: what the simulator does to the write. */
export interface FaultKind {
  id: string;
  /** The heading of its column. */
  title: string;
  /** How it is explained below the table. */
  means: string;
  rules: Omit<FaultRule, 'cloud' | 'method' | 'path'>[];
  /** The request is given up as soon as it hangs. */
  timesOut?: true;
  /** Only for what makes a new thing that is listed. */
  onlyNew?: true;
}

/** Longer than any run: the simulator acts when it is closed, after every search has ended without a result. */
const AFTER_ALL_MS = 600_000;

/** Every fault that each write meets, one at a time. */
export const FAULT_KINDS: readonly FaultKind[] = [
  {
    id: 'reply_lost',
    title: 'reply lost',
    means: 'the cloud acts, then the connection breaks before its reply',
    rules: [{ kind: 'drop_after_commit' }],
  },
  {
    id: 'reset',
    title: 'reset before',
    means: 'the connection breaks and the cloud does nothing',
    rules: [{ kind: 'drop_before' }],
  },
  {
    id: '500_after',
    title: '500 after',
    means: 'the cloud acts, then answers 500',
    rules: [{ kind: 'error_after_commit' }],
  },
  {
    id: '502_before',
    title: '502 before',
    means: 'something in between answers 502, the cloud does nothing',
    rules: [{ kind: 'error_before', status: 502 }],
  },
  {
    id: 'timeout',
    title: 'time-out',
    means: 'no reply comes and the cloud does nothing',
    rules: [{ kind: 'hang' }],
    timesOut: true,
  },
  {
    id: 'timeout_late',
    title: 'time-out, acts late',
    means: 'no reply comes, and the cloud acts only when the server has stopped looking',
    rules: [{ kind: 'delay', delay_ms: AFTER_ALL_MS }],
    timesOut: true,
  },
  {
    id: '429_once',
    title: '429 once',
    means: 'the cloud refuses once with 429 and Retry-After: 2',
    rules: [{ kind: 'rate_limit', retry_after: '2' }],
  },
  {
    id: '429_again',
    title: '429 for good',
    means: 'the cloud refuses every time with 429 and Retry-After: 6',
    rules: [{ kind: 'rate_limit', retry_after: '6', times: 50 }],
  },
  {
    id: 'html',
    title: 'HTML, nothing done',
    means: 'a page of HTML comes with status 200 and the cloud does nothing',
    rules: [{ kind: 'html', status: 200 }],
  },
  {
    id: 'garbage',
    title: 'unreadable, done',
    means: 'the cloud acts, and its reply with status 200 cannot be read',
    rules: [{ kind: 'garbage_json' }],
  },
  {
    id: 'listed_late',
    title: 'listed after 6 s',
    means: 'the reply is lost and the new thing is listed only after six seconds',
    rules: [{ kind: 'drop_after_commit' }, { kind: 'late_listing', seconds: 6 }],
    onlyNew: true,
  },
  {
    id: 'listed_later',
    title: 'listed after 1 min',
    means: 'the reply is lost and the new thing is listed only after a minute',
    rules: [{ kind: 'drop_after_commit' }, { kind: 'late_listing', seconds: 60 }],
    onlyNew: true,
  },
];
