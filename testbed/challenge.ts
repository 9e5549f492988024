/** What a question asks to be typed. @throws Error for a question without a challenge */
export function challengeOf(message: string): string {
  const found = /.*Type\s"(.*)"\sto confirm\.$/s.exec(message)?.[1];
  if (found === undefined) throw new Error(`no challenge at the end of: ${message}`);
  return found;
}
