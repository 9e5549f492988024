import type { ActionReply, Io } from '../../core/cloud.ts';
import type { Endpoint, Request } from '../../outbound/send.ts';

/** Sends an action on one thing and returns the cloud's words; no action of Nebula Block names a state. */
export async function act(
  request: Request,
  endpoint: Endpoint<{ message: string | null }>,
  io: Io,
  id: string,
): Promise<ActionReply> {
  const { message } = await request(endpoint, io, { params: { id } });
  return { message, raw_state: null, notes: [] };
}
