/** The command line of `install`, as commander reads it. */
export interface InstallFlags {
  scope?: string;
  http?: string;
  sandbox?: boolean;
  keys?: string;
  name?: string;
  dryRun?: boolean;
  verify?: boolean;
  replace?: boolean;
  deleteKeys?: boolean;
  /** The files that hold keys: `<cloud>KeyFile`. */
  [keyFile: `${string}KeyFile`]: string;
}
