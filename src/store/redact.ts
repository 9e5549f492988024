import { type AuditLine, auditLineSchema, type Order, orderSchema } from './records.ts';

/**
 * What hides secrets: `all`, also what merely looks like one; `keys`, the configured keys alone. The second is for the
 * order's inputs: its result is found by the name in them, which may look like a key and be none.
 */
export interface Redact {
  all: (text: string) => string;
  keys: (text: string) => string;
}

/** Redacts nothing. */
export const AS_IT_IS: Redact = { all: (text) => text, keys: (text) => text };

const deep = (value: unknown, redact: (text: string) => string): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? redact(inner) : inner)),
  );

/**
 * Names of inputs whose values are secrets of the caller, whatever they look like, such as a password or the values of
 * environment variables. No result is found by one.
 */
const SECRET_INPUT = /password|secret|token|private_key|env_vars/i;

const withoutSecretInputs = (input: Order['input']): Order['input'] =>
  Object.fromEntries(
    Object.entries(input).map(([field, value]) => [
      field,
      SECRET_INPUT.test(field) ? deep(value, () => '[redacted]') : value,
    ]),
  );

/** An order as it is stored, without secrets. */
export const redactOrder = (order: Order, redact: Redact): Order =>
  orderSchema.parse({
    ...order,
    name: deep(order.name, redact.keys),
    input: deep(withoutSecretInputs(order.input), redact.keys),
    planned: deep(order.planned, redact.all),
    line: deep(order.line, redact.all),
  });

/** An audit line as it is stored, without secrets. */
export const redactLine = (line: AuditLine, redact: Redact): AuditLine =>
  auditLineSchema.parse(deep(line, redact.all));
