/** A pod that this server created and may have to end: consent was given in its create plan. */
export interface Lease {
  ref: string;
  name: string;
  /** ISO time at which the pod's agreed life is over. */
  ends_at: string;
  /** `reminder`: the pod may be another's, so its end is only announced. Default `stop`. */
  kind?: 'stop' | 'reminder' | undefined;
}

/** The leases of one account. */
export interface Leases {
  add(lease: Lease): Promise<void>;
  all(): Promise<Lease[]>;
}
