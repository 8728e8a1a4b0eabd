import { customResource } from './custom-resources.ts';
import { apiVersionOf, resourceOf, resources, type Resource } from './resources.ts';
import type { Storage } from './storage.ts';

/** What a cluster serves: the built-in kinds, and those that its CustomResourceDefinitions add. */
export interface Catalogue {
  list(): readonly Resource[];
  /** The same, each kind only in the version that its objects are kept in. */
  kinds(): readonly Resource[];
  /** The row of a path; undefined when its version is served without it. */
  find(apiVersion: string, plural: string): Resource | undefined;
  /** Whether a group and version is served at all. */
  serves(apiVersion: string): boolean;
  ofKind(apiVersion: unknown, kind: unknown): Resource | undefined;
  /** By the plural alone: of two that share one, the built-in kind is meant. */
  named(plural: string): Resource | undefined;
}

interface Rows {
  readonly all: readonly Resource[];
  readonly kinds: readonly Resource[];
  readonly byPath: ReadonlyMap<string, Resource>;
  readonly byKind: ReadonlyMap<string, Resource>;
  readonly byPlural: ReadonlyMap<string, Resource>;
  readonly versions: ReadonlySet<string>;
}

/** Follows the definitions in the storage of a cluster. */
export function openCatalogue(storage: Storage): Catalogue {
  const definitions = resourceOf('customresourcedefinitions');
  let known: Rows | undefined;
  storage.subscribe(({ resource }) => {
    if (resource === definitions) known = undefined;
  });
  const rows = (): Rows => (known ??= rowsOf(definitions ? storage.list(definitions, '').flatMap(customResource) : []));
  return {
    list: () => rows().all,
    kinds: () => rows().kinds,
    find: (apiVersion, plural) => rows().byPath.get(`${apiVersion}/${plural}`),
    serves: (apiVersion) => rows().versions.has(apiVersion),
    ofKind: (apiVersion, kind) => rows().byKind.get(`${String(apiVersion)} ${String(kind)}`),
    named: (plural) => rows().byPlural.get(plural),
  };
}

function rowsOf(custom: readonly Resource[]): Rows {
  const all = [...resources, ...custom];
  const kinds = all.filter((row) => row.storedIn === undefined);
  return {
    all,
    kinds,
    byPath: new Map(all.map((row) => [`${apiVersionOf(row)}/${row.plural}`, row])),
    byKind: new Map(all.map((row) => [`${apiVersionOf(row)} ${row.kind}`, row])),
    byPlural: new Map(kinds.toReversed().map((row) => [row.plural, row])),
    versions: new Set(all.map(apiVersionOf)),
  };
}
