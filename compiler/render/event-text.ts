import type { Action } from '../model/change.ts';
import type { Emit, Event } from '../model/event.ts';
import { renderDiagnostic } from './diagnostic-text.ts';
import { actionSigns, painter, type Paint } from './style.ts';

const doing: Readonly<Record<Action, string>> = {
  create: 'creating',
  adopt: 'taking over',
  update: 'updating',
  replace: 'replacing',
  delete: 'deleting',
  keep: 'keeping',
  refuse: 'refusing',
  noop: 'checking',
};

const done: Readonly<Record<Action, string>> = {
  create: 'created',
  adopt: 'taken over',
  update: 'updated',
  replace: 'replaced',
  delete: 'deleted',
  keep: 'kept',
  refuse: 'refused',
  noop: 'unchanged',
};

/** Where lines go, and the spinner that shares the terminal with them, if there is one. */
export interface Progress {
  line(text: string): void;
  /** What is going on now; undefined when nothing is. */
  now(text: string | undefined): void;
}

export interface EventTextOptions {
  readonly color: boolean;
  /** A spinner shows what is going on, so that lines need only tell what has ended. */
  readonly live: boolean;
}

/** Says the same progress again only after this long, where every line is kept. */
const repeatAfterMs = 30_000;

/** Events as lines for people: one when a step starts to take time, one when it ends. */
export function eventText(progress: Progress, { color, live }: EventTextOptions): Emit {
  const paint = painter(color);
  const running = new Map<string, string>();
  const said = new Map<string, { message: string; atMs: number }>();
  const show = (): void => progress.now(running.size > 0 ? summary(running) : undefined);
  const wait = (address: string, message: string, elapsedMs: number): void => {
    running.set(address, message);
    const before = said.get(address);
    if (live || (before?.message === message && elapsedMs - before.atMs < repeatAfterMs)) return;
    said.set(address, { message, atMs: elapsedMs });
    progress.line(`    ${address}: ${message}${elapsedMs >= 1000 ? ` (${seconds(elapsedMs)})` : ''}`);
  };
  return (event) => {
    if (event.type === 'step_start') {
      running.set(event.address, doing[event.action]);
      if (!live) progress.line(`    ${event.address}: ${doing[event.action]}`);
    } else if (event.type === 'step_progress') wait(event.address, event.message, event.elapsed_ms);
    else if (event.type === 'step_reattached') wait(event.address, event.message, 0);
    else if (event.type === 'health') progress.line(`${paint('yellow', '  !')} ${event.address}: ${healthLine(event)}`);
    else {
      if ('address' in event) running.delete(event.address);
      for (const text of endLines(event, paint, color)) progress.line(text);
    }
    show();
  };
}

function healthLine({ message, key, at }: Extract<Event, { type: 'health' }>): string {
  const place = at ? ` (${at.file}:${at.line}:${at.column})` : '';
  return key === undefined ? message : `${message}; look at ${key}${place}`;
}

function endLines(event: Event, paint: Paint, color: boolean): string[] {
  if (event.type === 'step_complete') {
    const { sign, colour } = actionSigns[event.action];
    return [
      `${paint(colour, sign.padStart(3))} ${event.address} ${done[event.action]} in ${seconds(event.elapsed_ms)}`,
    ];
  }
  if (event.type === 'step_failed') return [`${paint('red', '  !')} ${event.address} failed`];
  if (event.type === 'step_skipped')
    return [`${paint('yellow', '  !')} ${event.address} skipped, as ${event.because} failed`];
  if (event.type === 'rollback') return [`${paint('yellow', '  <')} ${event.address}: ${event.message}`];
  if (event.type === 'diagnostic') return [renderDiagnostic(event.diagnostic, { color })];
  return [];
}

function summary(running: ReadonlyMap<string, string>): string {
  const [first, ...more] = [...running].map(([address, what]) => `${address}: ${what}`);
  return `${first}${more.length > 0 ? `, and ${more.length} more` : ''}`;
}

function seconds(ms: number): string {
  return ms < 60_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
