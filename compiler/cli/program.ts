import { Argument, Command as Commander, CommanderError, InvalidArgumentError, Option } from 'commander';
import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import type { ExitCode } from '../base/exit.ts';
import { exitCodes } from '../base/exit.ts';
import { packageVersion } from '../base/version.ts';
import type { Command, CommandGroup, Flag, Values, Word } from './command.ts';
import { applyCommand } from './commands/apply.ts';
import { completionCommand } from './commands/completion.ts';
import { compileCommand } from './commands/compile.ts';
import { destroyCommand } from './commands/destroy.ts';
import { explainCommand } from './commands/explain.ts';
import { graphCommand } from './commands/graph.ts';
import { initCommand } from './commands/init.ts';
import { localCommands } from './commands/local.ts';
import { planCommand } from './commands/plan.ts';
import { printCommand } from './commands/print.ts';
import { schemaCommand } from './commands/schema.ts';
import { statusCommand } from './commands/status.ts';
import { validateCommand } from './commands/validate.ts';
import type { Io } from './io.ts';

/** Every command, in the order of the help. Their modules are light: what they need is imported when they run. */
export const commands: readonly (Command | CommandGroup)[] = [
  initCommand,
  validateCommand,
  printCommand,
  graphCommand,
  compileCommand,
  planCommand,
  applyCommand,
  statusCommand,
  destroyCommand,
  localCommands,
  explainCommand,
  schemaCommand,
  completionCommand,
];

export interface Program {
  /** Resolves with the exit code; usage errors are told and give 3. With --json they are thrown, to be told as data. */
  run(argv: readonly string[]): Promise<ExitCode>;
}

export function makeProgram(terminal: Io, json: boolean): Program {
  let exit: ExitCode = 0;
  const io = json ? { ...terminal, say: () => undefined } : terminal;
  const root = new Commander('hello')
    .description('One YAML file to a running, database-backed web app on Google Cloud, with no state file.')
    .version(packageVersion(), '-V, --version')
    .showSuggestionAfterError()
    .showHelpAfterError('(`hello --help` lists what there is)');
  root.addHelpText('after', `\nExit codes:\n${exitTable()}`);
  const add = (parent: Commander, command: Command, prefix: string): void => {
    const child = quiet(parent.command(command.name).description(command.summary), io);
    for (const each of command.flags) child.addOption(optionOf(each));
    for (const each of command.words ?? []) child.addArgument(argumentOf(each));
    const lines = command.examples.map(([line, what]) => `  $ ${`hello ${prefix}${line}`.padEnd(48)} ${what}`);
    child.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
    child.action(async () => {
      exit = await command.run(valuesOf(child), terminal);
    });
  };
  for (const command of commands) {
    if ('run' in command) add(root, command, '');
    else {
      const group = quiet(root.command(command.name).description(command.summary), io);
      for (const each of command.commands) add(group, each, `${command.name} `);
    }
  }
  return {
    async run(argv) {
      try {
        if (argv[0] === 'complete') await answerCompletions(root);
        await quiet(root, io).parseAsync([...argv], { from: 'user' });
        return exit;
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        if (error.exitCode === 0) return 0;
        if (json) throw badUsage(error);
        return 3;
      }
    },
  };
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
