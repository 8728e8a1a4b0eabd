/** Several sorted streams as one: each is read only as far as its turn has come, so that one item of each is held. */
export async function* merged<T>(
  sources: readonly AsyncGenerator<T>[],
  orderOf: (item: T) => string,
): AsyncGenerator<T> {
  const heads = await Promise.all(sources.map(async (source) => source.next()));
  try {
    for (;;) {
      let first: number | undefined;
      for (const [at, head] of heads.entries()) {
        if (head.done) continue;
        const best = first === undefined ? undefined : heads[first];
        if (!best || best.done || orderOf(head.value) < orderOf(best.value)) first = at;
      }
      const head = first === undefined ? undefined : heads[first];
      const source = first === undefined ? undefined : sources[first];
      if (!head || head.done || !source || first === undefined) return;
      yield head.value;
      heads[first] = await source.next();
    }
  } finally {
    await Promise.all(sources.map(async (source) => source.return(undefined)));
  }
}
