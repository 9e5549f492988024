/** The sentences a person must read before each action on a pod, as this cloud's documents have them. */
export interface PodNotes {
  start: string[];
  stop: string[];
  restart: string[];
  /** By what is changed. */
  update: { name?: string[]; ssh_keys?: string[]; volume_gb?: string[] };
  delete: string[];
  /** What becomes of the data on a pod, in a few words for a table. */
  data: { stop: string; delete: string };
  /** The worst of each action, one sentence of at most 80 columns. */
  worst: { start: string; stop: string; restart: string; delete: string };
  /** False if the documents do not say that stopping ends billing. */
  stop_ends_billing: boolean;
}
