import { exitOf, problem } from '../base/diagnostic.ts';
import { CloudError, Refusal } from '../base/errors.ts';
import type { ExitCode } from '../base/exit.ts';
import { allWritten, systemIo, type Interrupts, type Io } from './io.ts';
import { makeProgram } from './program.ts';
import { splitRest } from './rest.ts';

/** The whole program: parses the arguments, runs a command, and ends the process with its exit code. */
export async function run(argv: readonly string[]): Promise<void> {
  const interrupt = listenForSignals();
  const io = systemIo(interrupt);
  const exit = await runCommand(argv, io);
  await allWritten();
  process.exit(interrupt.signal.aborted && exit !== 0 ? exitOfSignal(interrupt.signal) : exit);
}

async function runCommand(argv: readonly string[], io: Io): Promise<number> {
  try {
    const program = await makeProgram(io, argv);
    return await program.run();
  } catch (error) {
    if (io.signal.aborted) return 130;
    return reportFailure(error, io, splitRest(argv).own.includes('--json'));
  }
}

async function reportFailure(error: unknown, io: Io, json: boolean): Promise<ExitCode> {
  const problems = await problemsOf(error);
  const exit = exitOf(problems);
  if (json) {
    const { diagnosticJson } = await import('../render/diagnostic-json.ts');
    io.out(`${JSON.stringify({ type: 'result', exit_code: exit, diagnostics: problems.map(diagnosticJson) })}\n`);
  } else io.diagnose(problems);
  return exit;
}

async function problemsOf(error: unknown): Promise<Refusal['problems']> {
  if (error instanceof Refusal) return error.problems;
  if (error instanceof CloudError) {
    const { explainError } = await import('../cloud/explain-error.ts');
    return [explainError(error)];
  }
  const message = error instanceof Error ? error.message : String(error);
  return [problem('HELLO9001', message, { fix: `please report this, with: hello ${process.argv.slice(2).join(' ')}` })];
}

/** The first signal lets the run end in order; the second ends the process. */
function listenForSignals(): Interrupts {
  const controller = new AbortController();
  let left = 0;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (name === 'SIGINT' && left > 0) return;
      if (controller.signal.aborted) process.exit(exitOfSignal(controller.signal));
      controller.abort(name);
    });
  }
  const leave = (): (() => void) => {
    left += 1;
    return () => void (left -= 1);
  };
  return { signal: controller.signal, leave };
}

function exitOfSignal(signal: AbortSignal): 130 | 143 {
  return signal.reason === 'SIGTERM' ? 143 : 130;
}
