/** The store does not answer, so nothing that needs it is done. The message names it without its password. */
export class StoreUnreachable extends Error {}
