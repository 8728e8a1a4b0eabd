import type { KubeObject } from '../../model/ports.ts';

/** A manifest: what we send of an object, no more. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: object;
  readonly data?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly automountServiceAccountToken?: boolean;
  /** Found by its mark and declared by nothing: there is nothing to compare it with. Never sent. */
  readonly listed?: true;
}

/** Written by the platform on its own; they say nothing about what is wanted. */
const platformAnnotations =
  /^(autopilot\.gke\.io\/|deployment\.kubernetes\.io\/|kubectl\.kubernetes\.io\/last-applied|cloud\.google\.com\/neg)/;

/** Of a live object, what a manifest may say. */
export function manifestOf(object: KubeObject): Manifest {
  const { apiVersion, kind, metadata, spec, data } = object;
  const { name, namespace, labels = {}, annotations } = metadata;
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !platformAnnotations.test(key));
  const more = object as unknown as Pick<Manifest, 'type' | 'automountServiceAccountToken'>;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace && { namespace }),
      labels,
      ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }),
    },
    ...(spec !== undefined && { spec: spec as object }),
    ...(data && { data }),
    ...(kind === 'Secret' && more.type && { type: more.type }),
    ...(more.automountServiceAccountToken !== undefined && {
      automountServiceAccountToken: more.automountServiceAccountToken,
    }),
  };
}
