import { digest } from '../../base/digest.ts';
import { sendJson } from './respond.ts';
import type { Call } from './request.ts';
import type { Catalogue } from './catalogue.ts';
import { metricsResources } from './metrics-api.ts';
import { apiVersionOf, type Resource } from './resources.ts';

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
          { ...own, name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
          { ...own, name: 'log', verbs: ['get'] },
          { ...own, name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
        ]
      : []),
    ...(resource.scale ? [{ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: subverbs }] : []),
    ...(resource.status ? [{ ...own, name: 'status', verbs: subverbs }] : []),
  ];
}

function aggregatedGroup(rows: readonly Resource[], group: string): unknown {
  return {
    metadata: group === '' ? {} : { name: group },
    versions: versionsOf(rows, group).map((version) => ({
      version,
      freshness: 'Current',
      resources: rows
        .filter((each) => each.group === group && each.version === version)
        .map((resource) => ({
          resource: resource.plural,
          responseKind: { group: '', version: '', kind: resource.kind },
          scope: resource.namespaced ? 'Namespaced' : 'Cluster',
          singularResource: resource.singular,
          verbs: resource.verbs,
          ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
          ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
          ...withSubresources(resource),
        })),
    })),
  };
}

/** The versions of a group, the preferred one first: stable before beta before alpha, later before earlier. */
function versionsOf(rows: readonly Resource[], group: string): readonly string[] {
  const rank = (version: string): number => {
    const [, major = '0', stage, minor = '0'] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
    const stages = { alpha: 0, beta: 1 } as const;
    return (stage === undefined ? 2 : stages[stage as keyof typeof stages]) * 1e6 + Number(major) * 1e3 + Number(minor);
  };
  const versions = rows.filter((each) => each.group === group).map((each) => each.version);
  return [...new Set(versions)].toSorted((a, b) => rank(b) - rank(a));
}

function withSubresources(resource: Resource): Record<string, unknown> {
  const list = subresources(resource).map(({ name, kind, group, version, verbs }) => ({
    subresource: name,
    responseKind: { group, version, kind },
    verbs,
  }));
  return list.length > 0 ? { subresources: list } : {};
}

function resourceList(all: readonly Resource[], apiVersion: string): unknown {
  const rows = all.filter((resource) => apiVersionOf(resource) === apiVersion);
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

function groupOf(rows: readonly Resource[], name: string): Record<string, unknown> {
  const versions = versionsOf(rows, name).map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

/** Answers `/api`, `/apis`, and the lists of groups and versions below; false when the path is none of these. */
export function serveDiscovery(catalogue: Catalogue, call: Call): boolean {
  const rows = [...catalogue.list(), ...metricsResources];
  const path = call.url.pathname.replace(/\/$/, '');
  if (path === '/api' || path === '/apis') {
    const wanted = [...new Set(rows.map((each) => each.group))].filter((group) => (group === '') === (path === '/api'));
    const version = aggregatedVersion(call.request.headers.accept ?? '');
    if (version !== undefined)
      sendAggregated(
        call,
        version,
        wanted.map((group) => aggregatedGroup(rows, group)),
      );
    else sendJson(call, 200, path === '/api' ? coreVersions(call) : groupList(rows, wanted));
    return true;
  }
  const [, root, first = '', second, ...more] = path.split('/');
  if (more.length > 0) return false;
  if (root === 'api' && second === undefined && first === 'v1') sendJson(call, 200, resourceList(rows, 'v1'));
  else if (root !== 'apis' || first === '') return false;
  else if (second === undefined && rows.some((each) => each.group === first)) {
    sendJson(call, 200, { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(rows, first) });
  } else if (second !== undefined && rows.some((each) => apiVersionOf(each) === `${first}/${second}`)) {
    sendJson(call, 200, resourceList(rows, `${first}/${second}`));
  } else return false;
  return true;
}

function aggregatedVersion(accept: string): string | undefined {
  const found = accept.split(',').find((each) => each.includes('as=APIGroupDiscoveryList'));
  return found === undefined ? undefined : /v=([^;,]+)/.exec(found)?.[1];
}

function sendAggregated(call: Call, version: string, items: readonly unknown[]): void {
  const body = {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items,
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

function groupList(rows: readonly Resource[], names: readonly string[]): unknown {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map((name) => groupOf(rows, name)) };
}
