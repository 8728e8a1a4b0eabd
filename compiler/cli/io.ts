import { writeSync } from 'node:fs';
import { problem, type Diagnostic } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import { renderDiagnostic } from '../render/diagnostic-text.ts';
import { takesColour } from '../render/style.ts';

/** The terminal, as commands see it. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Data: what a program would read. */
  out(text: string): void;
  /** Data that may be much: resolves when the reader takes more. A reader that has gone ends the program, as in any pipe. */
  write(text: string): Promise<void>;
  /** Words for people. */
  say(text: string): void;
  diagnose(problems: readonly Diagnostic[]): void;
  /** Colours on stdout, and on stderr. */
  readonly colour: { readonly out: boolean; readonly err: boolean };
  /** Somebody can be asked, and can see a spinner. */
  readonly interactive: boolean;
  /** Aborts on the first Ctrl-C or SIGTERM; its reason is the signal's name. */
  readonly signal: AbortSignal;
  /** Leaves Ctrl-C to the program in the foreground, until the function that it gives is called. */
  leaveInterrupts(): () => void;
}

/** How the signals that end a run reach it. */
export interface Interrupts {
  readonly signal: AbortSignal;
  leave(): () => void;
}

export function systemIo({ signal, leave }: Interrupts): Io {
  const colour: Io['colour'] = {
    get out() {
      return takesColour(process.stdout);
    },
    get err() {
      return takesColour(process.stderr);
    },
  };
  return {
    cwd: process.cwd(),
    env: process.env,
    out: (text) => write('stdout', text),
    write: writeSlowly,
    say: (text) => write('stderr', `${text}\n`),
    diagnose(problems) {
      for (const each of problems) write('stderr', `${renderDiagnostic(each, { color: colour.err })}\n`);
    },
    colour,
    get interactive() {
      const { stdin, stderr, env } = process;
      return stdin.isTTY && stderr.isTTY && env['CI'] === undefined && env['TERM'] !== 'dumb';
    },
    signal,
    leaveInterrupts: leave,
  };
}

let watched = false;

async function writeSlowly(text: string): Promise<void> {
  const { stdout } = process;
  if (!watched) stdout.on('error', (error: NodeJS.ErrnoException) => error.code === 'EPIPE' && process.exit(0));
  watched = true;
  if (stdout.write(text)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  stdout.once('drain', () => resolve());
  await promise;
}

const left = new Set<Promise<void>>();

/** Resolves when everything was written: to end the process before would cut off what a slow reader has not taken yet. */
export async function allWritten(): Promise<void> {
  await Promise.all(left);
}

/**
 * Writes at once, and without the stream that Node.js would make for it: making one takes milliseconds. What cannot be
 * written at once (a pipe that is full or closed) is left to the stream, which waits or tells.
 */
function write(to: 'stdout' | 'stderr', text: string): void {
  let rest = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(to === 'stdout' ? 1 : 2, rest));
  } catch {
    const { promise, resolve } = Promise.withResolvers<void>();
    left.add(promise);
    streamOf(to).write(rest, () => resolve());
  }
}

const streams = new Map<string, NodeJS.WriteStream>();

/** A reader that has gone misses the rest; what the program does beside writing goes on to its end. */
function streamOf(to: 'stdout' | 'stderr'): NodeJS.WriteStream {
  const known = streams.get(to);
  if (known) return known;
  const made = process[to].on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  streams.set(to, made);
  return made;
}

/** Asks for the exact words; anything else is a no. */
export async function confirm(io: Io, question: string, words: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question, { signal: io.signal })).trim() === words;
  } catch {
    return false;
  } finally {
    lines.close();
  }
}

/** Asks for lines, one after the other, until it is closed. */
export interface Asker {
  /** The trimmed answer; `fallback` for an empty one. Throws a Refusal when the input ends or the run is interrupted. */
  ask(question: string, fallback: string): Promise<string>;
  close(): void;
}

export async function asker(io: Io): Promise<Asker> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: process.stdin, output: process.stderr, signal: io.signal });
  // Lines that are typed or pasted ahead of their question wait in the iterator.
  const answers = lines[Symbol.asyncIterator]();
  return {
    async ask(question, fallback) {
      lines.setPrompt(fallback === '' ? `${question}: ` : `${question} [${fallback}]: `);
      lines.prompt();
      const answer = await answers.next();
      if (answer.done) throw new Refusal(problem('HELLO1011', 'stopped before all was answered'));
      return answer.value.trim() || fallback;
    },
    close: () => lines.close(),
  };
}
