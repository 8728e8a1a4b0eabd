import { packageVersion } from '../base/version.ts';
import type { Emit } from '../model/event.ts';
import { eventJson } from '../render/event-json.ts';
import { eventText } from '../render/event-text.ts';
import { flag, type Values } from './command.ts';
import type { Io } from './io.ts';
import { openProgress } from './progress.ts';

/** Where the events of a run go. */
export interface Told {
  readonly emit: Emit;
  /** Takes away what says what is going on. */
  stop(): void;
}

/** Events as lines of JSON on stdout, or for people on stderr; `version` is told already. */
export async function tellEvents(values: Values, io: Io): Promise<Told> {
  const progress = await openProgress(io);
  const emit = flag(values, 'json')
    ? eventJson((line) => io.out(line))
    : eventText(progress, { color: io.colour.err, live: progress.live });
  emit({ type: 'version', format_version: '1.0', hello: packageVersion() });
  return { emit, stop: () => progress.stop() };
}
