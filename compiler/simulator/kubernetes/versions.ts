import { isObject } from '../../base/json.ts';
import type { KubeObject } from '../parts.ts';
import { autoscalingV1 } from './autoscaling-v1.ts';
import { apiVersionOf } from './resources.ts';
import type { Target } from './request.ts';
import type { VersionView } from './version-view.ts';

/** By group and version, then plural: how versions that are only shown are converted. */
const views: Readonly<Record<string, VersionView>> = {
  'autoscaling/v1/horizontalpodautoscalers': autoscalingV1,
};

function viewOf({ resource, shownAs }: Target): VersionView | undefined {
  if (!shownAs) return undefined;
  const apiVersion = apiVersionOf(shownAs);
  // Versions of a custom kind differ in nothing else, unless a webhook converts them; there are none here.
  const renamed: VersionView = {
    show: (object) => ({ ...object, apiVersion }),
    store: (body) => ({ ...body, apiVersion: apiVersionOf(resource) }),
  };
  return views[`${apiVersion}/${shownAs.plural}`] ?? renamed;
}

/** An object in the version that was asked for. */
export function shown(target: Target, object: KubeObject): KubeObject {
  const view = viewOf(target);
  return view ? (view.show(object) as unknown as KubeObject) : object;
}

/** A body in the version that is kept. */
export function toStore(target: Target, body: unknown, live?: KubeObject): unknown {
  const view = viewOf(target);
  return view && isObject(body) ? view.store(body, live) : body;
}
