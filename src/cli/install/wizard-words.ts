/** The questions of the wizard. */
export const QUESTIONS = {
  clients: 'Which clients should use the server?',
  target: 'What should they work on?',
  url: 'Its URL',
  clouds: 'Which clouds do you have an API key for?',
  keyHome: 'Where should the keys live?',
  key: (cloud: string) => `API key of ${cloud}`,
  keyFile: (cloud: string) => `File that holds only the key of ${cloud}`,
  scope: 'For which projects?',
  write: 'Write this?',
} as const;

/** The last line if the person said no or gave up. */
export const UNCHANGED = 'Nothing was changed.';
/** The last line if all of it worked. */
export const DONE = 'Done. Now ask your agent, for example: find the cheapest H100.';
