import { VOLT_CODES } from '../constants.ts';
import { Refusal } from '../refusal.ts';

/** 404: "does not exist or does not belong to your account" (Volt API Reference, Error Codes). */
export function notFound(noun: string, id: string): Refusal {
  return new Refusal(404, VOLT_CODES.not_found, `${noun} "${id}" not found.`);
}

/** The row with this id, or a 404. */
export function need<T extends { id: string }>(rows: readonly T[], noun: string, id: string): T {
  const row = rows.find((candidate) => candidate.id === id);
  if (row === undefined) throw notFound(noun, id);
  return row;
}

/** 400 for a move that the present state does not allow; not documented, our choice. */
export function wrongState(message: string): Refusal {
  return new Refusal(400, VOLT_CODES.state, message);
}

/** 402: "insufficient account balance" (Volt API Reference, Error Codes). */
export function noFunds(needed: number): Refusal {
  const amount = needed.toFixed(2);
  return new Refusal(
    402,
    VOLT_CODES.funds,
    `Insufficient balance: $${amount} needed. Add funds via the billing page.`,
  );
}
