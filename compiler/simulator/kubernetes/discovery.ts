import { digest } from '../../base/json.ts';
import { sendJson } from './respond.ts';
import type { Call } from './request.ts';
import { apiVersionOf, resources, type Resource } from './resources.ts';

const groups = [...new Set(resources.map((resource) => resource.group))];
const subverbs = ['get', 'patch', 'update'];

/** The subresources of a row, each with what it answers with. */
function subresources(resource: Resource): readonly {
  readonly name: string;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly verbs: readonly string[];
}[] {
  const own = { kind: resource.kind, group: '', version: '' };
  return [
    ...(resource.kind === 'Pod'
      ? [
          { ...own, name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
          { ...own, name: 'log', verbs: ['get'] },
        ]
      : []),
    ...(resource.scale ? [{ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: subverbs }] : []),
    ...(resource.status ? [{ ...own, name: 'status', verbs: subverbs }] : []),
  ];
}

function aggregatedGroup(group: string): unknown {
  const rows = resources.filter((resource) => resource.group === group);
  const version = rows[0]?.version ?? 'v1';
  return {
    metadata: group === '' ? {} : { name: group },
    versions: [
      {
        version,
        freshness: 'Current',
        resources: rows.map((resource) => ({
          resource: resource.plural,
          responseKind: { group: '', version: '', kind: resource.kind },
          scope: resource.namespaced ? 'Namespaced' : 'Cluster',
          singularResource: resource.singular,
          verbs: resource.verbs,
          ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
          ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
          ...withSubresources(resource),
        })),
      },
    ],
  };
}

function withSubresources(resource: Resource): Record<string, unknown> {
  const list = subresources(resource).map(({ name, kind, group, version, verbs }) => ({
    subresource: name,
    responseKind: { group, version, kind },
    verbs,
  }));
  return list.length > 0 ? { subresources: list } : {};
}

function resourceList(apiVersion: string): unknown {
  const rows = resources.filter((resource) => apiVersionOf(resource) === apiVersion);
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersion,
    resources: rows.flatMap((resource) => [
      {
        name: resource.plural,
        singularName: resource.singular,
        namespaced: resource.namespaced,
        kind: resource.kind,
        verbs: resource.verbs,
        ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
        ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
      },
      ...subresources(resource).map(({ name, kind, group, version, verbs }) => ({
        name: `${resource.plural}/${name}`,
        singularName: '',
        namespaced: resource.namespaced,
        ...(group === '' ? {} : { group, version }),
        kind,
        verbs,
      })),
    ]),
  };
}

function groupOf(name: string): Record<string, unknown> {
  const version = resources.find((resource) => resource.group === name)?.version ?? 'v1';
  const served = { groupVersion: `${name}/${version}`, version };
  return { name, versions: [served], preferredVersion: served };
}

/** Answers `/api`, `/apis`, and the lists of groups and versions below; false when the path is none of these. */
export function serveDiscovery(call: Call): boolean {
  const path = call.url.pathname.replace(/\/$/, '');
  if (path === '/api' || path === '/apis') {
    const wanted = path === '/api' ? [''] : groups.filter((group) => group !== '');
    const version = aggregatedVersion(call.request.headers.accept ?? '');
    if (version !== undefined) sendAggregated(call, version, wanted);
    else sendJson(call, 200, path === '/api' ? coreVersions(call) : groupList(wanted));
    return true;
  }
  const [, root, first, second] = path.split('/');
  const depth = path.split('/').length;
  if (root === 'api' && depth === 3 && first === 'v1') sendJson(call, 200, resourceList('v1'));
  else if (root === 'apis' && depth === 3 && first && groups.includes(first)) {
    sendJson(call, 200, { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(first) });
  } else if (root === 'apis' && depth === 4 && resources.some((each) => apiVersionOf(each) === `${first}/${second}`)) {
    sendJson(call, 200, resourceList(`${first}/${second}`));
  } else return false;
  return true;
}

function aggregatedVersion(accept: string): string | undefined {
  const found = accept.split(',').find((each) => each.includes('as=APIGroupDiscoveryList'));
  return found === undefined ? undefined : /v=([^;,]+)/.exec(found)?.[1];
}

function sendAggregated(call: Call, version: string, wanted: readonly string[]): void {
  const body = {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: wanted.map(aggregatedGroup),
  };
  const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  const tag = `"${digest(body).toUpperCase()}"`;
  if (call.request.headers['if-none-match'] === tag) {
    call.response.writeHead(304, { ETag: tag }).end();
    return;
  }
  sendJson(call, 200, body, type, { ETag: tag, Vary: 'Accept' });
}

function coreVersions(call: Call): unknown {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: call.request.headers.host ?? '' }],
  };
}

function groupList(names: readonly string[]): unknown {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map(groupOf) };
}
