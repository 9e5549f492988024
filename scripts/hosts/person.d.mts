/** One of our forms on a screen; its first group is the word that it asks for. */
export declare const FORM: RegExp;

/** Which of the facts that a person has to see before agreeing a screen shows, and which it hides. */
export declare function factsOn(look: { step: string; screen: string }): {
  shows: string[];
  hides: string[];
  cut: string | null;
};
