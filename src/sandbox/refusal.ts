/** Why a cloud refuses a request; each cloud renders it in its own envelope. */
export class Refusal extends Error {
  readonly status: number;
  /** Volt's `code` field; the other clouds do not show it. */
  readonly code: string;
  /** Raw Retry-After value of a 429. */
  readonly retryAfter: string | null;
  /** Validation problems one by one, for the envelope that lists them. */
  readonly issues: readonly { field: string; message: string }[];

  constructor(
    status: number,
    code: string,
    message: string,
    more: { retryAfter?: string; issues?: { field: string; message: string }[] } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = more.retryAfter ?? null;
    this.issues = more.issues ?? [];
  }
}

/** A request that breaks the documented form: 400 on every cloud. */
export function invalid(message: string, issues: { field: string; message: string }[] = []): Refusal {
  return new Refusal(400, 'VALIDATION_ERROR', message, { issues });
}
