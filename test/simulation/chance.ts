/** Seeded chance: the same seed draws the same things, whatever the machine. */
export interface Chance {
  /** In [0, 1). */
  draw(): number;
  /** A whole number from 0 up to, and without, `below`. */
  below(below: number): number;
  /** True so often. */
  is(probability: number): boolean;
  pick<T>(from: readonly [T, ...T[]]): T;
}

/** mulberry32: small, and good enough to wander through cases. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const draw = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(draw() * limit);
  return {
    draw,
    below,
    is: (probability) => draw() < probability,
    pick: (from) => from[below(from.length)] ?? from[0],
  };
}

/** The seed of the first case: HELLO_SEED when a failure is to be seen again, otherwise another one each time. */
export function firstSeed(): number {
  return Number(process.env['HELLO_SEED'] ?? Math.floor(Math.random() * 1e9));
}

/** One case when a seed is given, `count` otherwise. */
export function seeds(count: number): number[] {
  const first = firstSeed();
  return Array.from({ length: process.env['HELLO_SEED'] === undefined ? count : 1 }, (_, index) => first + index);
}

/** Runs every case; a failure is told with the seed that shows it again. */
export async function everyCase(
  all: readonly number[],
  one: (chance: Chance, seed: number) => Promise<void>,
): Promise<void> {
  for (const seed of all) {
    try {
      await one(chanceOf(seed), seed);
    } catch (error) {
      const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
      throw new Error(`HELLO_SEED=${seed}: ${told}`, { cause: error });
    }
  }
}
