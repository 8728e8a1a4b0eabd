import { Argument, Command as Commander, CommanderError, InvalidArgumentError, Option } from 'commander';
import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import type { ExitCode } from '../base/exit.ts';
import { exitCodes } from '../base/exit.ts';
import { packageVersion } from '../base/version.ts';
import type { Flag, NamedCommand, Passed, Values, Word } from './command.ts';
import { commands, type CommandEntry } from './commands.ts';
import type { Io } from './io.ts';
import { splitRest } from './rest.ts';

export interface Program {
  /** Resolves with the exit code; usage errors are told and give 3. With --json they are thrown, to be told as data. */
  run(): Promise<number>;
}

/** What asks about every command: the help, and the shell that completes. */
const aboutAll: readonly (string | undefined)[] = [undefined, 'help', '-h', '--help', 'complete'];

/** The program as far as these arguments need it: the commands that they name are loaded, the others only listed. */
export async function makeProgram(terminal: Io, argv: readonly string[]): Promise<Program> {
  const split = splitRest(argv);
  const { own } = split;
  const json = own.includes('--json');
  const io = json ? { ...terminal, say: () => undefined } : terminal;
  const state: State = { exit: 0, takesRest: false, rest: split.rest ?? [] };
  const root = quiet(makeRoot(io), io);
  const named = commands.filter(({ name }) => name === argv[0]);
  for (const entry of named.length > 0 ? named : commands) {
    const child = root.command(entry.name).description(entry.summary);
    if (aboutAll.includes(argv[0]) || own.includes(entry.name)) await fill(child, entry, terminal, state);
  }
  return {
    async run() {
      try {
        if (argv[0] === 'complete') await answerCompletions(root);
        await root.parseAsync(state.takesRest ? [...own] : [...argv], { from: 'user' });
        return typeof state.exit === 'number' ? state.exit : state.exit.passed;
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        if (error.exitCode === 0) return 0;
        if (json) throw badUsage(error);
        return 3;
      }
    },
  };
}

function makeRoot(io: Io): Commander {
  return new Commander('hello')
    .description('One YAML file to a running, database-backed web app on Google Cloud, with no state file.')
    .option('-V, --version', 'output the version number')
    .on('option:version', () => {
      // Not commander's own, which wants it at once: it stands in a file.
      io.out(`${packageVersion()}\n`);
      throw new CommanderError(0, 'commander.version', '');
    })
    .showSuggestionAfterError()
    .showHelpAfterError('(`hello --help` lists what there is)')
    .addHelpText('after', () => `\nExit codes:\n${exitTable()}`);
}

interface State {
  exit: ExitCode | Passed;
  /** A command that was loaded hands what follows ` -- ` to another program. */
  takesRest: boolean;
  readonly rest: readonly string[];
}

/** Gives a command its flags and words, or a group its commands. */
async function fill(child: Commander, entry: CommandEntry, io: Io, state: State): Promise<void> {
  const loaded = await entry.load();
  if ('run' in loaded) addTo(child, { ...entry, ...loaded }, '', io, state);
  else {
    for (const each of loaded.commands) {
      addTo(child.command(each.name).description(each.summary), each, `${entry.name} `, io, state);
    }
  }
}

function addTo(child: Commander, command: NamedCommand, prefix: string, io: Io, state: State): void {
  for (const each of command.flags) child.addOption(optionOf(each));
  for (const each of command.words ?? []) child.addArgument(argumentOf(each));
  const { rest } = command;
  if (rest) {
    state.takesRest = true;
    const words = (command.words ?? []).map((each) => each.name);
    child.usage(['[options]', ...words, '--', rest.name].join(' '));
    child.addHelpText('after', `\nAfter --:\n  ${rest.name.padEnd(20)} ${rest.help}`);
  }
  const lines = command.examples.map(([line, what]) => `  $ ${`hello ${prefix}${line}`.padEnd(48)} ${what}`);
  child.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  child.action(async () => {
    state.exit = await command.run({ ...valuesOf(child), ...(rest && { rest: state.rest }) }, io);
  });
}

function optionOf({ flags, help, many, number, choices }: Flag): Option {
  const option = new Option(flags, help);
  if (many) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  if (number) option.argParser((value: string) => numberOf(value, number));
  return choices ? option.choices(choices) : option;
}

function argumentOf({ name, help, choices }: Word): Argument {
  const argument = new Argument(name, help);
  return choices ? argument.choices(choices) : argument;
}

/** Flags and words alike, by name. */
function valuesOf(command: Commander): Values {
  const words = command.registeredArguments.map((each, index) => [each.name(), command.processedArgs[index]] as const);
  return { ...command.opts(), ...Object.fromEntries(words) };
}

function numberOf(value: string, sort: 'count' | 'amount'): number {
  const number = value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isFinite(number) && number > 0 && (sort === 'amount' || Number.isInteger(number))) return number;
  throw new InvalidArgumentError(`It takes a ${sort === 'count' ? 'whole ' : ''}number above 0.`);
}

/** Adds the hidden command that the completion scripts ask: `hello complete -- plan --f`. */
async function answerCompletions(root: Commander): Promise<void> {
  const { default: tab } = await import('@bomb.sh/tab/commander');
  const scripts = 'completion-scripts';
  // It brings a command of its own for the scripts, which nobody is to be offered beside ours.
  tab(root, { completionCommandName: scripts }).commands.delete(scripts);
}

function badUsage({ message }: CommanderError): Refusal {
  const [what = '', ...more] = message.replace(/^error: /, '').split('\n');
  return new Refusal(problem('HELLO1010', what, { fix: more.join(' ').trim() || 'See hello --help.' }));
}

/** Errors are thrown instead of ending the process, and go where words for people go. */
function quiet(command: Commander, io: Io): Commander {
  return command
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.say(text.trimEnd()) });
}

function exitTable(): string {
  return Object.entries(exitCodes)
    .map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)
    .join('\n');
}
