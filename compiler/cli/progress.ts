import type { Progress } from '../render/event-text.ts';
import type { Io } from './io.ts';

/** Lines on stderr, with a spinner under them where there is a terminal. ora is loaded only there. */
export async function openProgress(io: Io): Promise<Progress & { readonly live: boolean; stop(): void }> {
  if (!io.interactive)
    return { live: false, line: (text) => io.say(text), now: () => undefined, stop: () => undefined };
  const { default: ora } = await import('ora');
  // Input is left alone: Ctrl-C must reach us.
  const spinner = ora({ stream: process.stderr, discardStdin: false });
  return {
    live: true,
    line(text) {
      const spinning = spinner.isSpinning;
      spinner.stop();
      io.say(text);
      if (spinning) spinner.start();
    },
    now(text) {
      if (text === undefined) spinner.stop();
      else {
        spinner.text = text.slice(0, Math.max(20, process.stderr.columns - 4));
        if (!spinner.isSpinning) spinner.start();
      }
    },
    stop: () => void spinner.stop(),
  };
}
