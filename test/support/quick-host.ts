import type { Host } from '../../compiler/base/host.ts';

/** A host whose sleeps are over at once; it remembers how long they would have been. */
export function quickHost(env: Host['env'] = {}): Host & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    now: Date.now,
    sleep: async (ms, signal) => {
      slept.push(ms);
      signal?.throwIfAborted();
    },
    random: () => 0.5,
    env,
    slept,
  };
}
