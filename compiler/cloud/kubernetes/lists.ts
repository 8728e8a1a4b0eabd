import { CloudError, isCloudError } from '../../base/errors.ts';
import type { KubeObject, KubernetesApi, KubeType } from '../../model/ports.ts';
import { asPage, isSecret, pathOf } from './objects.ts';
import type { KubeRequest } from './request.ts';

type List = KubernetesApi['list'];
type Ask = (request: KubeRequest) => Promise<unknown>;

/** Lists that are read once, for all who ask of them. */
export interface SharedLists {
  readonly list: List;
  /** The object of this name among those that carry our mark; undefined also where listing is forbidden. */
  find(type: KubeType, name: string, namespace?: string): Promise<KubeObject | undefined>;
  /** What was seen is no longer so: everything is read anew. */
  forget(): void;
}

interface Shared {
  readonly objects: Promise<readonly KubeObject[]>;
  /** Made for the first who asks by name: a search of the list for each of its objects would be quadratic. */
  byName?: Promise<ReadonlyMap<string, KubeObject>>;
}

const ours = 'app.kubernetes.io/managed-by=hello';

/** Lists of one moment, over `ask`. What they throw is what it throws. */
export function sharedLists(ask: Ask): SharedLists {
  const known = new Map<string, Shared>();
  const share = (type: KubeType, query: Parameters<List>[1]): Shared => {
    const key = `${pathOf(type, query.namespace)} ${query.labelSelector ?? ''} ${query.fieldSelector ?? ''}`;
    const shared = known.get(key) ?? { objects: listAll(ask, type, query) };
    known.set(key, shared);
    return shared;
  };
  return {
    list: async (type, query) => share(type, query).objects,
    async find(type, name, namespace) {
      const shared = share(type, { labelSelector: ours, ...(namespace !== undefined && { namespace }) });
      try {
        shared.byName ??= shared.objects.then(named);
        return (await shared.byName).get(name);
      } catch (error) {
        // Without the right to list, each object is asked for by name.
        if (isCloudError(error, 'forbidden')) return undefined;
        throw error;
      }
    },
    forget: () => known.clear(),
  };
}

function named(objects: readonly KubeObject[]): ReadonlyMap<string, KubeObject> {
  return new Map(objects.map((object) => [object.metadata.name, object]));
}

const pagesMax = 200;

/** All pages. A type that the cluster doesn't know has no objects; a list that expired half-way starts again, once. */
export async function listAll(ask: Ask, type: KubeType, query: Parameters<List>[1]): Promise<readonly KubeObject[]> {
  const path = pathOf(type, query.namespace);
  const items: KubeObject[] = [];
  let next = '';
  let restarted = false;
  for (let page = 0; page < pagesMax; page += 1) {
    const pageQuery = {
      limit: '500',
      ...(query.labelSelector && { labelSelector: query.labelSelector }),
      ...(query.fieldSelector && { fieldSelector: query.fieldSelector }),
      ...(next && { continue: next }),
    };
    try {
      const got = asPage(await ask({ method: 'GET', path, query: pageQuery, secret: isSecret(type) }), type);
      items.push(...got.items);
      next = got.next;
      if (next === '') return items;
    } catch (error) {
      if (isCloudError(error, 'not-found')) return [];
      if (restarted || !(error instanceof CloudError && error.parts.http === 410)) throw error;
      restarted = true;
      items.length = 0;
      next = '';
    }
  }
  throw new CloudError(`more than ${pagesMax * 500} ${type.plural} in the list`, {
    reason: 'unexpected',
    service: 'kubernetes',
  });
}
