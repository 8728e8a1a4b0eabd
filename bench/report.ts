/** A question about speed or memory, and how it is answered. */
export interface Benchmark {
  readonly about: string;
  /** Measures and prints; what cannot be measured here is said. */
  run(): Promise<void> | void;
}

/** How much longer one thing takes than another, over all rounds, and over parts of them. */
export interface Ratio {
  readonly whole: number;
  readonly parts: readonly number[];
}

/** `hello validate / node -e 0   1.93 (1.81-2.20)  at most 2.5`. */
export function row(what: string, { whole, parts }: Ratio, goal: string): void {
  const spread = `(${Math.min(...parts).toFixed(2)}-${Math.max(...parts).toFixed(2)})`;
  console.log(`  ${what.padEnd(62)} ${whole.toFixed(2).padStart(5)} ${spread.padEnd(12)} ${goal}`);
}

/** What there is to say beside the ratios. */
export function note(words: string): void {
  console.log(`  ${words}`);
}

/** The median of a list. NaN for an empty one. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
