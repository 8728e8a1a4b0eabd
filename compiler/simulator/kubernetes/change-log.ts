import type { KubeObject } from '../parts.ts';
import type { Resource } from './resources.ts';

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: Resource;
  readonly object: KubeObject;
  /** As it stood before; absent for ADDED. */
  readonly previous?: KubeObject;
  readonly version: number;
}

/** What has changed lately, and who wants to know. */
export interface ChangeLog {
  add(change: Change): void;
  /** Changes later than a version, oldest first; undefined when they are no longer known. */
  since(version: number): readonly Change[] | undefined;
  /** Called after each change, in order, never inside another listener's call. Returns a function that ends it. */
  subscribe(listener: (change: Change) => void): () => void;
}

/** How many changes a watch can go back. */
const historyMax = 5_000;

/** A log that begins after `start`: what was before it is not known. */
export function openChangeLog(start: number): ChangeLog {
  let floor = start;
  let history: Change[] = [];
  const listeners = new Set<(change: Change) => void>();
  const waiting: Change[] = [];
  let telling = false;

  const tell = (): void => {
    telling = true;
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) for (const listener of listeners) listener(next);
    } finally {
      telling = false;
    }
  };
  return {
    add(change) {
      history.push(change);
      if (history.length > historyMax * 1.2) {
        floor = history[history.length - historyMax - 1]?.version ?? floor;
        history = history.slice(-historyMax);
      }
      waiting.push(change);
      if (!telling) tell();
    },
    since(version) {
      if (version < floor) return undefined;
      const first = history.findLastIndex((change) => change.version <= version) + 1;
      return history.slice(first);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
