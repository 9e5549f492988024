/** A step of the main job: the tool that it calls, and its arguments after what was read; undefined if it cannot be made. */
export interface Step {
  name: string;
  tool: string;
  args: (read: Readonly<Record<string, string>>) => Record<string, unknown> | undefined;
}
export declare const STEPS: readonly Step[];
