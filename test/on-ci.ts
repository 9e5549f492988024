/** Whether CI runs the tests: it has the time for those that start many programs. On a desk, `CI=true npm test` runs them. */
export const ON_CI = process.env.CI !== undefined;
