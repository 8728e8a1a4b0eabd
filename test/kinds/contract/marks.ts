import type { StackWorld } from '../../support/stack-world.ts';
import { labelCluster, labelInstance, patchAccount } from './google-drifts.ts';
import { objectPaths } from './kubernetes-drifts.ts';

/** Whose a thing is made to look: nobody's, or that of another app of hello. */
export type Stranger = 'nobody' | 'other';

/** How the mark of a live thing is changed, and put back. */
export interface Marked {
  mark(world: StackWorld, whose: Stranger | 'us'): Promise<void>;
}

const apps = { us: 'hello-world', other: 'another-app' } as const;

/** What lies in a namespace or an instance is judged by its own mark or by that of what it lies in; here are the marks. */
export const marks: Readonly<Record<string, Marked | string>> = {
  'google.enabled-apis': 'an API belongs to nobody: enabling it again changes nothing for others',
  'google.private-range': 'its mark cannot be changed; it has a test of its own, where it is a stranger from the start',
  'google.peering': 'a network has one connection, which all share',
  'google.iam-member': 'the member is an account of ours, whose mark counts',
  'google.workload-identity': 'it is on an account of ours, whose mark counts',
  'google.sql-database': 'it is in an instance of ours, whose mark counts',
  'google.sql-user': 'it is in an instance of ours, whose mark counts',
  'google.cluster': {
    mark: async (world, whose) =>
      labelCluster(world, {
        'managed-by': whose === 'nobody' ? undefined : 'hello',
        'hello-app': whose === 'nobody' ? undefined : apps[whose],
      }),
  },
  'google.sql-instance': {
    mark: async (world, whose) =>
      labelInstance(world, {
        'managed-by': whose === 'nobody' ? null : 'hello',
        'hello-app': whose === 'nobody' ? null : apps[whose],
      }),
  },
  'google.service-account': {
    mark: async (world, whose) =>
      patchAccount(world, {
        description: whose === 'nobody' ? 'made by hand' : `hello:${apps[whose]} identity of its pods`,
      }),
  },
  ...Object.fromEntries(Object.keys(objectPaths).map((kind) => [kind, { mark: markObject(kind) }])),
};

function markObject(kind: string): Marked['mark'] {
  return async (world, whose) => {
    const labels = {
      'app.kubernetes.io/managed-by': whose === 'nobody' ? null : 'hello',
      'app.kubernetes.io/part-of': whose === 'nobody' ? null : apps[whose],
    };
    const patch = { metadata: { labels } };
    await world.kube('PATCH', objectPaths[kind] ?? '', patch, 'application/merge-patch+json');
  };
}
