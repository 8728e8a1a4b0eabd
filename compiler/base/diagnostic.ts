import type { ExitCode } from './exit.ts';

/** Where something stands in a file of the user's. Lines and columns count from 1. */
export interface SourceSpan {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Columns that the caret underlines; at least 1. */
  readonly length: number;
  /** The whole line, for printing with a caret. */
  readonly text: string;
}

/**
 * Every code that `hello` can answer with. A code keeps its meaning for ever; its wording may change.
 * 1xxx the file, 2xxx preflight, 3xxx the cloud, 4xxx conflicts, 5xxx protection, 6xxx the local cloud, 9xxx our own bugs.
 */
export const diagnosticCodes = {
  HELLO1001: { title: 'config file not found', exit: 3 },
  HELLO1002: { title: 'config file cannot be read', exit: 3 },
  HELLO1003: { title: 'the file is not valid YAML', exit: 3 },
  HELLO1004: { title: 'unknown key', exit: 3 },
  HELLO1005: { title: 'wrong value', exit: 3 },
  HELLO1006: { title: 'required key is missing', exit: 3 },
  HELLO1007: { title: 'a name that Google Cloud or Kubernetes refuses', exit: 3 },
  HELLO1008: { title: 'no project', exit: 3 },
  HELLO1009: { title: 'two parts of the config contradict each other', exit: 3 },
  HELLO1010: { title: 'bad usage', exit: 3 },
  HELLO1011: { title: 'approval is missing', exit: 3 },
  HELLO1012: { title: 'a variable stands for nothing', exit: 3 },
  HELLO1013: { title: 'a variable that cannot be used', exit: 3 },
  HELLO1014: { title: 'no such stage', exit: 3 },
  HELLO1015: { title: 'two stages would make the same thing', exit: 3 },
  HELLO1016: { title: 'looks like a credential', exit: 3 },
  HELLO1017: { title: 'there is no Dockerfile to build', exit: 3 },
  HELLO1018: { title: 'open to the whole internet in a protected stage', exit: 3 },
  HELLO1019: { title: 'a size that Autopilot does not run', exit: 3 },
  HELLO2001: { title: 'no credentials', exit: 4 },
  HELLO2002: { title: 'credentials were refused', exit: 4 },
  HELLO2003: { title: 'permission denied', exit: 4 },
  HELLO2004: { title: 'billing is not enabled', exit: 4 },
  HELLO2005: { title: 'API is not enabled', exit: 4 },
  HELLO2006: { title: 'quota exceeded', exit: 4 },
  HELLO2007: { title: 'the project does not exist, or you may not see it', exit: 4 },
  HELLO2008: { title: 'the cluster cannot be reached', exit: 4 },
  HELLO2009: { title: 'nothing of the app runs that could be asked', exit: 4 },
  HELLO2010: { title: 'a program on this machine is missing', exit: 4 },
  HELLO2011: { title: 'refused by a policy of the cluster', exit: 4 },
  HELLO3001: { title: 'the request was refused', exit: 1 },
  HELLO3002: { title: 'the operation failed', exit: 7 },
  HELLO3003: { title: 'the service cannot be reached', exit: 1 },
  HELLO3004: { title: 'a step was skipped, because one that it needs failed', exit: 7 },
  HELLO3005: { title: 'not ready within the deadline', exit: 8 },
  HELLO3006: { title: 'the image is built outside hello', exit: 3 },
  HELLO3007: { title: 'the release was not recorded', exit: 1 },
  HELLO4001: { title: 'live moved since the plan', exit: 5 },
  HELLO4002: { title: 'another field manager holds a field', exit: 5 },
  HELLO4003: { title: "the plan's hash does not match", exit: 5 },
  HELLO5001: { title: 'would lose data', exit: 6 },
  HELLO5002: { title: 'exists, and is not ours', exit: 6 },
  HELLO5003: { title: 'cannot be changed in place', exit: 6 },
  HELLO5004: { title: 'broken for good', exit: 6 },
  HELLO5005: { title: 'the stage is pinned to another project', exit: 6 },
  HELLO5006: { title: 'the stage is protected', exit: 6 },
  HELLO6001: { title: 'the local cloud is not running', exit: 4 },
  HELLO6002: { title: 'the local cloud did not start', exit: 1 },
  HELLO6003: { title: 'a local cloud of another version is running', exit: 4 },
  HELLO6004: { title: 'port in use', exit: 4 },
  HELLO9001: { title: 'a bug in hello', exit: 1 },
  HELLO9002: { title: 'a change did not take (a bug in hello)', exit: 1 },
} as const satisfies Record<string, { title: string; exit: ExitCode }>;

/** A code of the table above. Codes are stable; their wording is not. */
export type DiagnosticCode = keyof typeof diagnosticCodes;

/** One thing that the user should know or mend. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  /** What is wrong, in one sentence without a full stop. */
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
  readonly at?: SourceSpan;
  /** The flag, the variable or the program that holds it, when no text does: `--set replicas=many`, `hello.config.ts`. */
  readonly flag?: string;
  /** The resource's address, `kind/key`. */
  readonly resource?: string;
}

/** An error: the run ends with its code unless an earlier one has another. */
export function problem(
  code: DiagnosticCode,
  message: string,
  more: Omit<Diagnostic, 'code' | 'severity' | 'message'> = {},
): Diagnostic {
  return { code, severity: 'error', message, ...more };
}

/** Something worth knowing that stops nothing. */
export function warning(
  code: DiagnosticCode,
  message: string,
  more: Omit<Diagnostic, 'code' | 'severity' | 'message'> = {},
): Diagnostic {
  return { code, severity: 'warning', message, ...more };
}

/** The exit code of a run that ended with these problems: that of the first error. */
export function exitOf(problems: readonly Diagnostic[]): ExitCode {
  const first = problems.find((diagnostic) => diagnostic.severity === 'error');
  return first ? diagnosticCodes[first.code].exit : 0;
}

/** A value, or everything that stood in its way. */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly problems: readonly Diagnostic[] };

/** A result with a value. */
export function ok<T>(value: T, warnings: readonly Diagnostic[] = []): Result<T> {
  return { ok: true, value, warnings };
}

/** A result without one. `problems` holds at least one error. */
export function fail(problems: readonly Diagnostic[]): Result<never> {
  return { ok: false, problems };
}
