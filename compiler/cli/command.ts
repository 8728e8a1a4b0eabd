import type { ExitCode } from '../base/exit.ts';
import type { Io } from './io.ts';

/** One flag of a command, in commander's notation. */
export interface Flag {
  /** `-c, --config <file>`. */
  readonly flags: string;
  readonly help: string;
  readonly many?: true;
  /** It takes a number above 0; a `count` is a whole one. */
  readonly number?: 'count' | 'amount';
  /** The values that it takes. */
  readonly choices?: readonly string[];
}

/** A word without dashes, in commander's notation: `<what>`, or `[what]` where it may be left out. */
export interface Word {
  readonly name: string;
  readonly help: string;
  readonly choices?: readonly string[];
}

/** What commander made of the flags: by camel-case name. */
export type Values = Readonly<Record<string, unknown>>;

/** A command as data: help, parsing and docs come from it. */
export interface Command {
  /** Words that follow the command, by their name among the values. */
  readonly words?: readonly Word[];
  /** What ` -- ` brings, in commander's notation: the command line of another program, as `rest` among the values. */
  readonly rest?: Omit<Word, 'choices'>;
  readonly flags: readonly Flag[];
  /** A command line, and what it is for. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** Ends with one of ours, or passes on the exit code of another program that it ran. */
  run(values: Values, io: Io): Promise<ExitCode | Passed>;
}

/** The exit code of another program. */
export interface Passed {
  readonly passed: number;
}

export interface Named {
  readonly name: string;
  readonly summary: string;
}

export type NamedCommand = Named & Command;

/** What follows a word that only groups commands: `hello local start`. */
export interface CommandGroup {
  readonly commands: readonly NamedCommand[];
}

export const configFlag: Flag = {
  flags: '-c, --config <file>',
  help: 'config file (default: hello.config.yaml here or above)',
};
export const projectFlag: Flag = {
  flags: '--project <id>',
  help: 'project, where the config names none (default: GOOGLE_CLOUD_PROJECT)',
};
export const jsonFlag: Flag = { flags: '--json', help: 'data on stdout, and nothing else' };
export const localFlag: Flag = { flags: '--local', help: 'talk to the local cloud; it is started if need be' };
export const yesFlag: Flag = { flags: '-y, --yes', help: 'go ahead without asking' };
export const dataLossFlag: Flag = {
  flags: '--allow-data-loss <name>',
  help: 'name a thing whose data may be lost (repeatable)',
  many: true,
};
export const adoptFlag: Flag = { flags: '--adopt', help: 'take over things that exist without our mark' };
export const forceFlag: Flag = { flags: '--force-conflicts', help: 'take over fields that other field managers hold' };

export function text(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function flag(values: Values, name: string): boolean {
  return values[name] === true;
}

export function list(values: Values, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** What `--format` names; `--json` is short for the format `json`. */
export function choice<const T extends string>(values: Values, formats: readonly T[]): T | undefined {
  const named = flag(values, 'json') ? 'json' : values['format'];
  return formats.find((each) => each === named);
}
