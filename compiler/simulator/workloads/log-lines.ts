/** What to hand out of a log. */
export interface LogChoice {
  readonly tailLines?: number;
  /** Only lines from this moment on; milliseconds since the epoch. */
  readonly since?: number;
  /** Each line after the time at which it was written. */
  readonly timestamps?: boolean;
}

/** The time at which a line began, as the kubelet writes it: to the nanosecond, as far as the clock goes. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000000Z');
}

const stamped = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z) /;

/** The chosen lines of a log whose lines each begin with their time. */
export function chosenLines(text: string, { tailLines, since, timestamps }: LogChoice): string {
  const lines = text.split(/(?<=\n)/).filter((line) => line !== '');
  const young =
    since === undefined ? lines : lines.filter((line) => Date.parse(stamped.exec(line)?.[1] ?? '') >= since);
  const last = tailLines === undefined ? young : tailLines <= 0 ? [] : young.slice(-tailLines);
  return (timestamps ? last : last.map((line) => line.replace(stamped, ''))).join('');
}

/** Puts the time before each line of what comes in pieces. */
export function stamper(): (piece: string) => string {
  let atStart = true;
  return (piece) => {
    if (piece === '') return '';
    const now = `${stamp(Date.now())} `;
    const text = piece.replaceAll(/\n(?=[^])/g, `\n${now}`);
    const result = atStart ? now + text : text;
    atStart = piece.endsWith('\n');
    return result;
  };
}
