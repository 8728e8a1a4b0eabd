import { median, type Ratio } from './report.ts';

/** What each candidate took in each round, in milliseconds. */
export type Times<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/**
 * Rounds in which all candidates run one after the other: what else the machine does meets all alike. The first round
 * warms up (caches on disk, code that is compiled once) and does not count.
 */
export function interleaved<Name extends string>(
  candidates: Readonly<Record<Name, () => void>>,
  rounds: number,
): Times<Name> {
  const names = Object.keys(candidates) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      const start = process.hrtime.bigint();
      candidates[name]();
      if (round > 0) times[name].push(Number(process.hrtime.bigint() - start) / 1e6);
    }
  }
  return times;
}

/** The ratio of the medians, and that of each third of the rounds: a round alone is at the mercy of its moment. */
export function ratio(above: readonly number[], below: readonly number[]): Ratio {
  const third = Math.ceil(above.length / 3);
  const of = (from: number, to: number): number => median(above.slice(from, to)) / median(below.slice(from, to));
  return {
    whole: of(0, above.length),
    parts: [0, third, 2 * third].map((from) => of(from, from + third)).filter(Number.isFinite),
  };
}
