/** What stands before ` -- `, and what after it: the command line of another program. */
export interface Split {
  readonly own: readonly string[];
  /** Absent without ` -- `. */
  readonly rest?: readonly string[];
}

/** Splits what was typed at the first ` -- `. The command that answers completions has one of its own. */
export function splitRest(argv: readonly string[]): Split {
  const at = argv[0] === 'complete' ? -1 : argv.indexOf('--');
  return at === -1 ? { own: argv } : { own: argv.slice(0, at), rest: argv.slice(at + 1) };
}
