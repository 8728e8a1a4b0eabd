import type { KubeObject } from '../parts.ts';
import { at, listAt, numberAt, objectAt, scalarAt, stringsAt, textAt } from './json-object.ts';
import { podStatus, restarts } from './pod-columns.ts';
import { spellSelector } from './selectors.ts';
import { age, duration, since } from './ages.ts';
import { addresses, externalAddress, jobStatus, metricTargets, quotaUse, subset } from './cells.ts';

/** One column of a resource's table. */
export interface Column {
  readonly name: string;
  readonly type?: 'string' | 'integer' | 'date' | 'number' | 'boolean';
  readonly description?: string;
  /** Shown only with `-o wide`. */
  readonly wide?: true;
  readonly cell: (object: KubeObject) => unknown;
}

const none = '<none>';
const orNone = (text: string): string => (text === '' ? none : text);
const column = (name: string, cell: Column['cell'], more: Partial<Column> = {}): Column => ({ name, cell, ...more });
const wide = { wide: true } as const;
const integer = { type: 'integer' } as const;
export const nameColumn = column('Name', (object) => object.metadata.name);
export const ageColumn = column('Age', (object) => age(object.metadata['creationTimestamp']));
const count =
  (...path: readonly string[]): Column['cell'] =>
  (object) =>
    numberAt(object, ...path) ?? 0;
const text =
  (...path: readonly string[]): Column['cell'] =>
  (object) =>
    orNone(textAt(object, ...path));

const containers = (...path: readonly string[]): readonly Column[] => [
  column(
    'Containers',
    (object) =>
      listAt(object, ...path, 'containers')
        .map((each) => textAt(each, 'name'))
        .join(','),
    wide,
  ),
  column(
    'Images',
    (object) =>
      listAt(object, ...path, 'containers')
        .map((each) => textAt(each, 'image'))
        .join(','),
    wide,
  ),
];
const templateColumns = containers('spec', 'template', 'spec');
const selectorColumn = column('Selector', (object) => orNone(spellSelector(at(object, 'spec', 'selector'))), wide);
const pairs = (labels: Readonly<Record<string, string>>): string =>
  orNone(
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
  );

export const defaultColumns: readonly Column[] = [
  nameColumn,
  column('Created At', (object) => object.metadata['creationTimestamp'], { type: 'date' }),
];

/** The columns of each resource, by plural. What isn't here shows its name and when it was made. */
export const columnsOf: Readonly<Record<string, readonly Column[]>> = {
  deployments: [
    nameColumn,
    column(
      'Ready',
      (object) => `${numberAt(object, 'status', 'readyReplicas') ?? 0}/${numberAt(object, 'spec', 'replicas') ?? 0}`,
    ),
    column('Up-to-date', count('status', 'updatedReplicas'), integer),
    column('Available', count('status', 'availableReplicas'), integer),
    ageColumn,
    ...templateColumns,
    selectorColumn,
  ],
  replicasets: [
    nameColumn,
    column('Desired', count('spec', 'replicas'), integer),
    column('Current', count('status', 'replicas'), integer),
    column('Ready', count('status', 'readyReplicas'), integer),
    ageColumn,
    ...templateColumns,
    selectorColumn,
  ],
  pods: [
    nameColumn,
    column('Ready', (object) => {
      const sidecars = new Set(
        listAt(object, 'spec', 'initContainers')
          .filter((each) => textAt(each, 'restartPolicy') === 'Always')
          .map((each) => textAt(each, 'name')),
      );
      const states = [
        ...listAt(object, 'status', 'containerStatuses'),
        ...listAt(object, 'status', 'initContainerStatuses').filter((each) => sidecars.has(textAt(each, 'name'))),
      ];
      return `${states.filter((each) => at(each, 'ready') === true).length}/${listAt(object, 'spec', 'containers').length + sidecars.size}`;
    }),
    column('Status', podStatus),
    column('Restarts', restarts),
    ageColumn,
    column('IP', text('status', 'podIP'), wide),
    column('Node', text('spec', 'nodeName'), wide),
    column('Nominated Node', text('status', 'nominatedNodeName'), wide),
    column('Readiness Gates', () => none, wide),
  ],
  services: [
    nameColumn,
    column('Type', text('spec', 'type')),
    column('Cluster-IP', text('spec', 'clusterIP')),
    column('External-IP', externalAddress),
    column('Port(s)', (object) =>
      orNone(
        listAt(object, 'spec', 'ports')
          .map((port) => {
            const nodePort = numberAt(port, 'nodePort');
            return `${numberAt(port, 'port')}${nodePort === undefined ? '' : `:${nodePort}`}/${textAt(port, 'protocol')}`;
          })
          .join(','),
      ),
    ),
    ageColumn,
    column('Selector', (object) => pairs(stringsAt(object, 'spec', 'selector')), wide),
  ],
  configmaps: [
    nameColumn,
    column(
      'Data',
      (object) => Object.keys({ ...objectAt(object, 'data'), ...objectAt(object, 'binaryData') }).length,
      integer,
    ),
    ageColumn,
  ],
  secrets: [
    nameColumn,
    column('Type', text('type')),
    column('Data', (object) => Object.keys(objectAt(object, 'data')).length, integer),
    ageColumn,
  ],
  serviceaccounts: [nameColumn, ageColumn],
  namespaces: [nameColumn, column('Status', text('status', 'phase')), ageColumn],
  ingresses: [
    nameColumn,
    column('Class', text('spec', 'ingressClassName')),
    column(
      'Hosts',
      (object) =>
        listAt(object, 'spec', 'rules')
          .map((rule) => textAt(rule, 'host') || '*')
          .join(',') || '*',
    ),
    column('Address', (object) => addresses(object).join(',')),
    column('Ports', (object) => (listAt(object, 'spec', 'tls').length > 0 ? '80, 443' : '80')),
    ageColumn,
  ],
  networkpolicies: [
    nameColumn,
    column('Pod-Selector', (object) => orNone(spellSelector(at(object, 'spec', 'podSelector')))),
    ageColumn,
  ],
  horizontalpodautoscalers: [
    nameColumn,
    column(
      'Reference',
      (object) =>
        `${textAt(object, 'spec', 'scaleTargetRef', 'kind')}/${textAt(object, 'spec', 'scaleTargetRef', 'name')}`,
    ),
    column('Targets', (object) => orNone(metricTargets(object))),
    column('MinPods', (object) => String(numberAt(object, 'spec', 'minReplicas') ?? '<unset>')),
    column('MaxPods', count('spec', 'maxReplicas'), integer),
    column('Replicas', count('status', 'currentReplicas'), integer),
    ageColumn,
  ],
  poddisruptionbudgets: [
    nameColumn,
    column('Min Available', (object) => String(scalarAt(object, 'spec', 'minAvailable') ?? 'N/A')),
    column('Max Unavailable', (object) => String(scalarAt(object, 'spec', 'maxUnavailable') ?? 'N/A')),
    column('Allowed Disruptions', count('status', 'disruptionsAllowed'), integer),
    ageColumn,
  ],
  jobs: [
    nameColumn,
    column('Status', jobStatus),
    column(
      'Completions',
      (object) => `${numberAt(object, 'status', 'succeeded') ?? 0}/${numberAt(object, 'spec', 'completions') ?? 1}`,
    ),
    column('Duration', (object) => duration(at(object, 'status', 'startTime'), at(object, 'status', 'completionTime'))),
    ageColumn,
    ...templateColumns,
    selectorColumn,
  ],
  cronjobs: [
    nameColumn,
    column('Schedule', text('spec', 'schedule')),
    column('Timezone', text('spec', 'timeZone')),
    column('Suspend', (object) => (at(object, 'spec', 'suspend') === true ? 'True' : 'False')),
    column('Active', (object) => listAt(object, 'status', 'active').length, integer),
    column('Last Schedule', (object) => since(at(object, 'status', 'lastScheduleTime')) ?? none),
    ageColumn,
    ...containers('spec', 'jobTemplate', 'spec', 'template', 'spec'),
    column('Selector', () => none, wide),
  ],
  events: [
    column('Last Seen', (object) =>
      age(at(object, 'lastTimestamp') ?? at(object, 'eventTime') ?? object.metadata['creationTimestamp']),
    ),
    column('Type', text('type')),
    column('Reason', text('reason')),
    column(
      'Object',
      (object) =>
        `${textAt(object, 'involvedObject', 'kind').toLowerCase()}/${textAt(object, 'involvedObject', 'name')}`,
    ),
    column('Subobject', (object) => textAt(object, 'involvedObject', 'fieldPath'), wide),
    column('Source', (object) => textAt(object, 'source', 'component') || textAt(object, 'reportingComponent'), wide),
    column('Message', (object) => textAt(object, 'message').trim()),
    column('First Seen', (object) => age(at(object, 'firstTimestamp') ?? at(object, 'eventTime')), wide),
    column('Count', (object) => numberAt(object, 'count') ?? 1, { ...integer, ...wide }),
    column('Name', (object) => object.metadata.name, wide),
  ],
  nodes: [
    nameColumn,
    column('Status', (object) =>
      listAt(object, 'status', 'conditions').some(
        (each) => textAt(each, 'type') === 'Ready' && textAt(each, 'status') === 'True',
      )
        ? 'Ready'
        : 'NotReady',
    ),
    column('Roles', () => none),
    ageColumn,
    column('Version', text('status', 'nodeInfo', 'kubeletVersion')),
    column('Internal-IP', (object) => orNone(textAt(listAt(object, 'status', 'addresses')[0], 'address')), wide),
    column('External-IP', () => none, wide),
    column('OS-Image', text('status', 'nodeInfo', 'osImage'), wide),
    column('Kernel-Version', text('status', 'nodeInfo', 'kernelVersion'), wide),
    column('Container-Runtime', text('status', 'nodeInfo', 'containerRuntimeVersion'), wide),
  ],
  persistentvolumeclaims: [
    nameColumn,
    column('Status', text('status', 'phase')),
    column('Volume', (object) => textAt(object, 'spec', 'volumeName')),
    column('Capacity', (object) => textAt(object, 'status', 'capacity', 'storage')),
    column('Access Modes', (object) => listAt(object, 'status', 'accessModes').join(',')),
    column('StorageClass', (object) => textAt(object, 'spec', 'storageClassName')),
    column('VolumeAttributesClass', () => '<unset>'),
    ageColumn,
    column('VolumeMode', text('spec', 'volumeMode'), wide),
  ],
  endpoints: [
    nameColumn,
    column('Endpoints', (object) => orNone(listAt(object, 'subsets').flatMap(subset).join(','))),
    ageColumn,
  ],
  endpointslices: [
    nameColumn,
    column('AddressType', text('addressType')),
    column('Ports', (object) =>
      orNone(
        listAt(object, 'ports')
          .map((port) => String(numberAt(port, 'port')))
          .join(','),
      ),
    ),
    column('Endpoints', (object) =>
      orNone(
        listAt(object, 'endpoints')
          .flatMap((each) => listAt(each, 'addresses'))
          .join(','),
      ),
    ),
    ageColumn,
  ],
  rolebindings: [
    nameColumn,
    column('Role', (object) => `${textAt(object, 'roleRef', 'kind')}/${textAt(object, 'roleRef', 'name')}`),
    ageColumn,
  ],
  clusterrolebindings: [
    nameColumn,
    column('Role', (object) => `${textAt(object, 'roleRef', 'kind')}/${textAt(object, 'roleRef', 'name')}`),
    ageColumn,
  ],
  resourcequotas: [
    nameColumn,
    column('Request', (object) => quotaUse(object, (key) => !key.startsWith('limits.'))),
    column('Limit', (object) => quotaUse(object, (key) => key.startsWith('limits.'))),
    ageColumn,
  ],
  customresourcedefinitions: [
    nameColumn,
    column('Created At', (object) => object.metadata['creationTimestamp'], { type: 'date' }),
  ],
  leases: [nameColumn, column('Holder', (object) => textAt(object, 'spec', 'holderIdentity')), ageColumn],
};
