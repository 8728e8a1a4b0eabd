import { defineKind } from '../../model/kind.ts';
import type { RestOperation } from '../../model/ports.ts';
import { address, type ResourceId } from '../../model/resource.ts';
import type { Spec } from '../../spec/spec.ts';
import { lastPart } from './marks.ts';

/** The APIs that the plan needs, switched on together. */
export interface EnabledApis {
  readonly project: string;
  /** Service name -> whether it is on. Wanted: all true. */
  readonly enabled: Readonly<Record<string, boolean>>;
}

interface ServiceList {
  readonly services?: readonly { readonly name?: string; readonly state?: string }[];
}

/** `services.batchEnable` takes 2 to 20 services: more fail as a whole, and a single one has a method of its own. */
const batchMax = 20;

export function enabledApisId(spec: Spec): ResourceId {
  return address('google.enabled-apis', spec.project);
}

export const enabledApis = defineKind<EnabledApis>({
  name: 'google.enabled-apis',
  docs: 'https://cloud.google.com/service-usage/docs/reference/rest/v1/services/batchEnable',
  typicalSeconds: 25,
  keptOnDestroy: 'APIs stay enabled, as other things in the project may use them',
  *declare(spec) {
    const names = apisOf(spec);
    if (names.length === 0) return;
    const enabled = Object.fromEntries(names.map((name) => [name, true]));
    yield { key: spec.project, desired: { project: spec.project, enabled }, path: ['project'] };
  },
  title: (desired) => `${Object.keys(desired.enabled).length} APIs`,
  rules: { project: 'immutable', enabled: 'mutable' },
  async observe(ctx, want) {
    const names = Object.keys(want.enabled).map((name) => `projects/${want.project}/services/${name}`);
    const found = await ctx.google.rest<ServiceList>({
      service: 'serviceusage',
      method: 'GET',
      path: `/v1/projects/${want.project}/services:batchGet`,
      query: { names },
    });
    const on = new Set(found.services?.filter((each) => each.state === 'ENABLED').map((each) => lastPart(each.name)));
    const enabled = Object.fromEntries(Object.keys(want.enabled).map((name) => [name, on.has(name)]));
    return {
      is: 'present',
      owner: 'shared',
      want,
      live: { ...want, enabled },
      outputs: {},
      readiness: { is: 'ready' },
    };
  },
  async create() {
    // A project always has a set of enabled APIs: there is nothing to make, only to extend.
  },
  async update(ctx, want, _fields, seen) {
    const missing = Object.keys(want.enabled).filter((name) => seen.live.enabled[name] !== true);
    const [only, ...more] = missing.slice(0, batchMax);
    const base = `/v1/projects/${want.project}/services`;
    const answer = await ctx.google.rest<RestOperation>({
      service: 'serviceusage',
      method: 'POST',
      path: more.length === 0 ? `${base}/${only}:enable` : `${base}:batchEnable`,
      body: more.length === 0 ? {} : { serviceIds: [only, ...more] },
    });
    return ctx.google.operation('serviceusage', answer, `/v1/${answer.name}`);
  },
});

/** Only what the resources of this spec call, directly or through GKE's workload identity. */
function apisOf(spec: Spec): string[] {
  const names = new Set<string>();
  if ('name' in spec.cluster) for (const name of ['compute', 'container']) names.add(name);
  if (spec.db) {
    for (const name of ['cloudresourcemanager', 'compute', 'iam', 'iamcredentials', 'servicenetworking', 'sqladmin'])
      names.add(name);
  }
  const images = [...spec.services, ...spec.jobs].map((workload) => workload.image);
  if (images.some((image) => /^[a-z0-9-]+-docker\.pkg\.dev\//.test(image))) names.add('artifactregistry');
  return [...names].toSorted().map((name) => `${name}.googleapis.com`);
}
