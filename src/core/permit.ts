const live = new WeakSet<Permit>();

/** Proof that the gate let one call through. Without a live permit the outbound stack sends no write. */
export interface Permit {
  readonly tool: string;
}

/** Makes a permit that is live until `revoke` is called. Only gate/ may import this (architecture test). */
export function issuePermit(tool: string): { permit: Permit; revoke: () => void } {
  const permit: Permit = Object.freeze({ tool });
  live.add(permit);
  return { permit, revoke: () => live.delete(permit) };
}

/** True while the gate's decision behind this permit stands. */
export function isLive(permit: Permit | undefined): boolean {
  return permit !== undefined && live.has(permit);
}
