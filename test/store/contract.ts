import type { StoreBed } from './contract/bed.ts';
import { leaseContract, ticketContract } from './contract/consents.ts';
import { admissionContract, orderContract } from './contract/orders.ts';
import { otherKeyContract } from './contract/other-keys.ts';
import { counterContract, keptContract } from './contract/rest.ts';

/** The contract of `Store`, for any adapter. `make` gives a fresh bed for each test. */
export function storeContract(name: string, make: () => Promise<StoreBed>): void {
  admissionContract(name, make);
  orderContract(name, make);
  leaseContract(name, make);
  otherKeyContract(name, make);
  ticketContract(name, make);
  counterContract(name, make);
  keptContract(name, make);
}
