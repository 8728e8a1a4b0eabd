import type { StructShape } from './schema.ts';

/**
 * One served resource of the Kubernetes API. A new built-in kind is a new row here, plus its model in schema.json; any
 * other is a CustomResourceDefinition, which says all of this and its schema in one object.
 */
export interface Resource {
  /** `apps/v1/deployments`: where its objects are kept. */
  readonly key: string;
  /** The version in which they are kept, where it is another than this one; versions.ts says how they are converted. */
  readonly storedIn?: string;
  /** '' is the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  /** The name of its schema in schema.json. */
  readonly model: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  /** Has a `/status` subresource: the main endpoint then ignores `status`. */
  readonly status: boolean;
  /** Where `/scale` reads and writes replicas. */
  readonly scale: boolean;
  /** Counts `metadata.generation`: on spec alone, on spec and annotations, on all but metadata and status, or not at all. */
  readonly generation: 'spec' | 'spec+annotations' | 'all' | 'none';
  /** DELETE answers with the object, not with a Status. */
  readonly returnsDeleted: boolean;
  /** Spec paths that may never change, with the server's own message. */
  readonly immutable: readonly Immutable[];
  /** What a CustomResourceDefinition says of it. */
  readonly custom?: { readonly shape: StructShape; readonly columns: readonly PrinterColumn[] };
}

/** A column of a custom kind's table. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly description: string;
  /** Above 0 it is shown only with `-o wide`. */
  readonly priority: number;
}

export interface Immutable {
  readonly path: readonly string[];
  /** Only while this path holds `true`. */
  readonly when?: readonly string[];
  readonly message: string;
}

type Row = Partial<Resource> & Pick<Resource, 'plural' | 'kind'>;

const everyVerb = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const selectorStays: readonly Immutable[] = [{ path: ['spec', 'selector'], message: 'field is immutable' }];
const frozen = 'field is immutable when `immutable` is set';
const dataStays: readonly Immutable[] = ['data', 'binaryData', 'immutable'].map((field) => ({
  path: [field],
  when: ['immutable'],
  message: frozen,
}));

/** Completes rows of one group and version. */
export function served(group: string, version: string, rows: readonly Row[]): Resource[] {
  return rows.map((row) => ({
    key: `${row.storedIn ?? (group === '' ? version : `${group}/${version}`)}/${row.plural}`,
    group,
    version,
    singular: row.kind.toLowerCase(),
    model: `${version.toUpperCase()}${row.kind}`,
    namespaced: true,
    shortNames: [],
    categories: [],
    verbs: everyVerb,
    status: false,
    scale: false,
    generation: 'none',
    returnsDeleted: false,
    immutable: [],
    ...row,
  }));
}

/** Every resource that a cluster of the local cloud serves. */
export const resources: readonly Resource[] = [
  ...served('', 'v1', [
    { plural: 'configmaps', kind: 'ConfigMap', shortNames: ['cm'], immutable: dataStays },
    { plural: 'endpoints', kind: 'Endpoints', shortNames: ['ep'] },
    { plural: 'events', kind: 'Event', model: 'CoreV1Event', shortNames: ['ev'] },
    { plural: 'limitranges', kind: 'LimitRange', shortNames: ['limits'] },
    {
      plural: 'namespaces',
      kind: 'Namespace',
      shortNames: ['ns'],
      namespaced: false,
      status: true,
      returnsDeleted: true,
    },
    { plural: 'nodes', kind: 'Node', shortNames: ['no'], namespaced: false, status: true },
    {
      plural: 'persistentvolumeclaims',
      kind: 'PersistentVolumeClaim',
      shortNames: ['pvc'],
      status: true,
      returnsDeleted: true,
    },
    {
      plural: 'pods',
      kind: 'Pod',
      shortNames: ['po'],
      categories: ['all'],
      status: true,
      generation: 'spec',
      returnsDeleted: true,
    },
    { plural: 'resourcequotas', kind: 'ResourceQuota', shortNames: ['quota'], status: true, returnsDeleted: true },
    {
      plural: 'secrets',
      kind: 'Secret',
      immutable: [...dataStays, { path: ['type'], message: 'field is immutable' }],
    },
    { plural: 'serviceaccounts', kind: 'ServiceAccount', shortNames: ['sa'], returnsDeleted: true },
    {
      plural: 'services',
      kind: 'Service',
      shortNames: ['svc'],
      categories: ['all'],
      status: true,
      returnsDeleted: true,
    },
  ]),
  ...served('apps', 'v1', [
    {
      plural: 'deployments',
      kind: 'Deployment',
      shortNames: ['deploy'],
      categories: ['all'],
      status: true,
      scale: true,
      generation: 'spec+annotations',
      immutable: selectorStays,
    },
    {
      plural: 'replicasets',
      kind: 'ReplicaSet',
      shortNames: ['rs'],
      categories: ['all'],
      status: true,
      scale: true,
      generation: 'spec',
      immutable: selectorStays,
    },
  ]),
  ...served('batch', 'v1', [
    { plural: 'cronjobs', kind: 'CronJob', shortNames: ['cj'], categories: ['all'], status: true, generation: 'spec' },
    {
      plural: 'jobs',
      kind: 'Job',
      categories: ['all'],
      status: true,
      generation: 'spec',
      immutable: ['selector', 'completions', 'template'].map((field) => ({
        path: ['spec', field],
        message: 'field is immutable',
      })),
    },
  ]),
  ...served('autoscaling', 'v2', [
    {
      plural: 'horizontalpodautoscalers',
      kind: 'HorizontalPodAutoscaler',
      shortNames: ['hpa'],
      categories: ['all'],
      status: true,
    },
  ]),
  ...served('autoscaling', 'v1', [
    {
      plural: 'horizontalpodautoscalers',
      kind: 'HorizontalPodAutoscaler',
      shortNames: ['hpa'],
      categories: ['all'],
      status: true,
      storedIn: 'autoscaling/v2',
    },
  ]),
  ...served('policy', 'v1', [
    {
      plural: 'poddisruptionbudgets',
      kind: 'PodDisruptionBudget',
      shortNames: ['pdb'],
      status: true,
      generation: 'spec',
    },
  ]),
  ...served('networking.k8s.io', 'v1', [
    { plural: 'ingresses', kind: 'Ingress', shortNames: ['ing'], status: true, generation: 'spec' },
    { plural: 'networkpolicies', kind: 'NetworkPolicy', shortNames: ['netpol'], generation: 'spec' },
  ]),
  ...served('discovery.k8s.io', 'v1', [{ plural: 'endpointslices', kind: 'EndpointSlice', generation: 'spec' }]),
  ...served('apiextensions.k8s.io', 'v1', [
    {
      plural: 'customresourcedefinitions',
      kind: 'CustomResourceDefinition',
      shortNames: ['crd', 'crds'],
      categories: ['api-extensions'],
      namespaced: false,
      status: true,
      generation: 'spec',
      returnsDeleted: true,
    },
  ]),
  ...served('coordination.k8s.io', 'v1', [{ plural: 'leases', kind: 'Lease' }]),
  ...served('rbac.authorization.k8s.io', 'v1', [
    { plural: 'clusterrolebindings', kind: 'ClusterRoleBinding', namespaced: false },
    { plural: 'clusterroles', kind: 'ClusterRole', namespaced: false },
    {
      plural: 'rolebindings',
      kind: 'RoleBinding',
      immutable: [{ path: ['roleRef'], message: 'cannot change roleRef' }],
    },
    { plural: 'roles', kind: 'Role' },
  ]),
  ...served('authorization.k8s.io', 'v1', [
    { plural: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview', namespaced: false, verbs: ['create'] },
  ]),
  ...served('authentication.k8s.io', 'v1', [
    { plural: 'selfsubjectreviews', kind: 'SelfSubjectReview', namespaced: false, verbs: ['create'] },
  ]),
];

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** `deployments.apps`, or `pods`: how messages name a resource. */
export function qualifiedName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

const byPlural = new Map(
  resources.filter((resource) => resource.storedIn === undefined).map((resource) => [resource.plural, resource]),
);

/** A built-in kind. Their plural names are distinct, so that one is enough to find a row. */
export function resourceOf(plural: string): Resource | undefined {
  return byPlural.get(plural);
}
