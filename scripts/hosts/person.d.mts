/** One of our forms on a screen; its first group is the word that it asks for. */
export declare const FORM: RegExp;

/** Which facts that have to be before the eyes of who agrees a screen shows and hides. */
export declare function factsOn(look: { step: string; screen: string }): {
  shows: string[];
  hides: string[];
  cut: string | null;
};
