import type { Cloud, Io } from '../../core/cloud.ts';
import type { Machine } from '../../core/model.ts';
import type { Request } from '../../outbound/send.ts';
import { ENDPOINTS } from './endpoints.ts';
import { toMachine } from './map.ts';

/** Reads what is on offer; `now` in milliseconds stamps the quotes. */
export const voltMachines = (request: Request, now: () => number): Cloud['machines'] => ({
  async list(io: Io): Promise<Machine[]> {
    const rows = await request(ENDPOINTS.listMachines, io);
    const quotedAt = new Date(now()).toISOString();
    return rows.map((machine) => toMachine(machine, quotedAt));
  },
});
