import { on, once } from 'node:events';
import type { Writable } from 'node:stream';

/** The size of a terminal, in characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The streams of this process, for a command that runs elsewhere. */
export interface Terminal {
  /** There is a person: keys are passed on as they are typed, and the command believes that it has a terminal. */
  readonly tty: boolean;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: (bytes: Uint8Array) => Promise<void>;
  readonly stderr: (bytes: Uint8Array) => Promise<void>;
  readonly sizes?: AsyncIterable<Size>;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** Takes the terminal over, if stdin and stdout both are one. */
export function openTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  const tty = stdin.isTTY && stdout.isTTY;
  const over = new AbortController();
  if (tty) stdin.setRawMode(true);
  return {
    tty,
    stdin,
    stdout: async (bytes) => writeTo(stdout, bytes),
    stderr: async (bytes) => writeTo(stderr, bytes),
    ...(tty && { sizes: sizesOf(over.signal) }),
    close() {
      over.abort();
      if (tty) stdin.setRawMode(false);
      stdin.destroy();
    },
  };
}

async function* sizesOf(signal: AbortSignal): AsyncGenerator<Size> {
  const { stdout } = process;
  yield { columns: stdout.columns, rows: stdout.rows };
  try {
    for await (const _ of on(stdout, 'resize', { signal })) yield { columns: stdout.columns, rows: stdout.rows };
  } catch {
    // It is over.
  }
}

async function writeTo(stream: Writable, bytes: Uint8Array): Promise<void> {
  if (!stream.write(bytes)) await once(stream, 'drain');
}
