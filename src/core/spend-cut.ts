import * as z from 'zod';
import { expensiveFirst } from './offer.ts';
import type { Spend } from './spend.ts';
import { counted } from './text.ts';

/** Max pods, jobs and notices in one answer; the next number if that is still too long. */
const ROWS = [20, 14, 10, 7, 4, 2] as const;
/** Max characters of the report. */
const MAX_CHARACTERS = 8500;

/** Number of each that an answer does not show. */
export const leftOutSchema = z.object({ pods: z.number(), jobs: z.number(), notices: z.number() });

/** A spending report that may lack rows; `next` says which. */
export interface CutSpend {
  spend: Spend;
  left_out?: z.infer<typeof leftOutSchema>;
  next?: string;
}

/** The report with at most `max` rows of each kind: the most expensive pods, the newest jobs and notices. */
function cutTo(spend: Spend, max: number): CutSpend {
  const shown = {
    ...spend,
    pods: spend.pods.toSorted(expensiveFirst((pod) => pod.usd_per_hour_max)).slice(0, max),
    jobs: spend.jobs.slice(0, max),
    notices: spend.notices.slice(-max),
  };
  const left_out = {
    pods: spend.pods.length - shown.pods.length,
    jobs: spend.jobs.length - shown.jobs.length,
    notices: spend.notices.length - shown.notices.length,
  };
  const counts = [
    ...(left_out.pods > 0 ? [`${counted(left_out.pods, 'more pod')} (list_pods)`] : []),
    ...(left_out.jobs > 0 ? [`${counted(left_out.jobs, 'more job')} (list_jobs)`] : []),
    ...(left_out.notices > 0 ? [counted(left_out.notices, 'older notice')] : []),
  ];
  if (counts.length === 0) return { spend: shown };
  return { spend: shown, left_out, next: `Not shown, but counted: ${counts.join(', ')}.` };
}

/** A report that one answer can hold. `characters`: the length of the longest form of it. */
export function cutSpend(spend: Spend, characters: (cut: CutSpend) => number): CutSpend {
  const reports = ROWS.map((max) => cutTo(spend, max));
  return reports.find((cut) => characters(cut) <= MAX_CHARACTERS) ?? cutTo(spend, 1);
}
