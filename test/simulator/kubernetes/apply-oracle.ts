import type { Json } from './cluster.ts';

/**
 * What server-side apply must do, said a second time and in another way: no field sets and no merging, only paths and
 * the values at them. Its tables are its own.
 */

/** A path as conflicts spell it, and the JSON of the value there; an item of a list has its own, with the value `item`. */
export type Leaves = ReadonlyMap<string, string>;

/** Lists whose items are known by these members; what is missing in an item has its default. */
const keyed: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  env: ['name'],
  volumes: ['name'],
  ports: ['containerPort', 'protocol'],
};
const missing: Readonly<Record<string, unknown>> = { protocol: 'TCP' };
/** Owned and replaced as one. */
const whole = new Set(['args', 'tolerations', 'nodeSelector', 'selector']);
const unowned = new Set(['.apiVersion', '.kind', '.metadata.name', '.metadata.namespace']);

export function leavesOf(value: Json, path = '', name = ''): Leaves {
  const found = new Map<string, string>();
  const add = (inner: Leaves): void => {
    for (const [at, text] of inner) if (!unowned.has(at)) found.set(at, text);
  };
  if (whole.has(name) || typeof value !== 'object' || value === null) found.set(path, JSON.stringify(value));
  else if (Array.isArray(value)) {
    for (const item of value) {
      const at = path + itemStep(name, item);
      found.set(at, 'item');
      add(leavesOf(item, at));
    }
  } else for (const [member, inner] of Object.entries(value)) add(leavesOf(inner, `${path}.${member}`, member));
  return found;
}

function itemStep(list: string, item: Json): string {
  const keys = (keyed[list] ?? []).map((key) => `${key}=${JSON.stringify(item[key] ?? missing[key])}`);
  return `[${keys.join(',')}]`;
}

/** The paths of a `fieldsV1`, items of lists among them. */
export function ownedPaths(fields: Json, path = ''): readonly string[] {
  return Object.entries(fields as Record<string, Json>).flatMap(([edge, inner]) => {
    if (edge === '.') return [path];
    const at = path + stepOf(edge);
    return Object.keys(inner as object).length === 0 ? [at] : ownedPaths(inner, at);
  });
}

function stepOf(edge: string): string {
  if (edge.startsWith('f:')) return `.${edge.slice(2)}`;
  const keys = Object.entries(JSON.parse(edge.slice(2)) as Record<string, unknown>);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
}

/** The keys of each keyed list, in its order, by the list's path. */
export function ordersOf(value: Json, path = '', name = ''): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  if (whole.has(name) || typeof value !== 'object' || value === null) return found;
  if (Array.isArray(value)) {
    if (keyed[name])
      found.set(
        path,
        value.map((item: Json) => itemStep(name, item)),
      );
    for (const item of value) {
      for (const [at, order] of ordersOf(item, path + itemStep(name, item))) found.set(at, order);
    }
    return found;
  }
  for (const [member, inner] of Object.entries(value as Record<string, Json>)) {
    for (const [at, order] of ordersOf(inner, `${path}.${member}`, member)) found.set(at, order);
  }
  return found;
}

/** Which managers own which paths, as the laws have it. */
export class Owners {
  readonly #paths = new Map<string, ReadonlySet<string>>();

  of(manager: string): ReadonlySet<string> {
    return this.#paths.get(manager) ?? new Set();
  }

  others(manager: string): readonly string[] {
    return [...this.#paths.keys()].filter((each) => each !== manager);
  }

  /** `manager · path` for each field of a config that differs from what is live and is another's. */
  conflicts(manager: string, config: Leaves, live: Leaves): readonly string[] {
    return this.others(manager)
      .flatMap((other) =>
        [...config]
          .filter(([path, value]) => this.of(other).has(path) && live.get(path) !== value)
          .map(([path]) => `${other} · ${path}`),
      )
      .toSorted();
  }

  /** Paths that a manager gives up with a config and that nobody else has. */
  dropped(manager: string, config: Leaves): readonly string[] {
    const rest = this.others(manager);
    return [...this.of(manager)].filter(
      (path) =>
        !config.has(path) &&
        !rest.some((other) =>
          [...this.of(other)].some((each) => each === path || (path.endsWith(']') && each.startsWith(path))),
        ),
    );
  }

  apply(manager: string, config: Leaves, live: Leaves, after: Leaves): void {
    for (const other of this.others(manager)) {
      const kept = [...this.of(other)].filter(
        (path) => after.has(path) && !(config.has(path) && live.get(path) !== config.get(path)),
      );
      this.#paths.set(other, new Set(kept));
    }
    this.#paths.set(manager, new Set(config.keys()));
  }
}
