/** Runs what concerns one id one after the other, and different ids side by side. */
export type Turns = <T>(id: string, work: () => Promise<T>) => Promise<T>;

export function turns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return async (id, work) => {
    const before = last.get(id) ?? Promise.resolve();
    const result = before.then(work, work);
    last.set(
      id,
      result.catch(() => undefined),
    );
    return result;
  };
}
