/** What each exit code of `hello` means. A contract: codes are never given another meaning. */
export const exitCodes = {
  0: 'success, or no changes',
  1: 'unexpected error',
  2: 'only with --detailed-exitcode: there are changes',
  3: 'bad usage, invalid config, or approval missing without a terminal',
  4: 'preflight: credentials, permission, billing, API, quota',
  5: "conflict: live moved since the plan, or the plan's hash doesn't match",
  6: 'refused by protection',
  7: 'partial: some steps done; running again continues',
  8: 'applied, but not healthy within the deadline',
  130: 'interrupted by SIGINT, after saying what is still in flight',
  143: 'ended by SIGTERM, after saying what is still in flight',
} as const;

/** How a run ended, as the shell sees it. */
export type ExitCode = keyof typeof exitCodes;
