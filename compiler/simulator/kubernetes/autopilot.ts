import { isObject } from '../../base/json.ts';
import type { KubeObject } from '../parts.ts';
import type { Admission } from './admission-request.ts';
import type { Cluster } from './cluster.ts';
import { at, listAt, objectAt, put, same, textAt, type Draft } from './json-object.ts';
import { canonicalQuantity, milli, units } from './quantity.ts';
import type { Resource } from './resources.ts';

/**
 * What GKE Autopilot does to workloads on their way in: missing requests are filled in, small ones raised, limits added,
 * a seccomp profile and a toleration set. https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests
 */
const adjustment = 'autopilot.gke.io/resource-adjustment';
const warden = 'autopilot.gke.io/warden-version';
/** General-purpose pods: what a container gets that asks for nothing, and the least that it may ask for. */
const general = { cpu: '500m', memory: '2Gi', cpuMin: 50, memoryMin: 52 * 1024 * 1024, storage: '1Gi' };
/** Memory per CPU, in bytes: between 1 GiB and 6.5 GiB. */
const gib = 1024 ** 3;
const ratio = { least: gib, most: 6.5 * gib };

export function autopilot(_cluster: Cluster, resource: Resource, draft: Draft, { live, warn }: Admission): Draft {
  if (live && resource.kind === 'Pod') return draft;
  if (live && same(at(live, 'spec', 'template'), at(draft, 'spec', 'template'))) return keepMarks(draft, live);
  const path = resource.kind === 'Pod' ? ['spec'] : ['spec', 'template', 'spec'];
  const copy = structuredClone(draft);
  const spec: Draft = objectAt(copy, ...path);
  if (Object.keys(spec).length === 0) return draft;
  const before = summary(spec);
  const notes = ['initContainers', 'containers'].flatMap((group) =>
    listAt(spec, group).filter(isObject).flatMap(adjust),
  );
  notes.push(...balance(spec));
  harden(spec);
  const after = summary(spec);
  const modified = JSON.stringify(before) !== JSON.stringify(after);
  put(copy, ['metadata', 'annotations', adjustment], JSON.stringify({ input: before, output: after, modified }));
  put(copy, ['metadata', 'annotations', warden], '2.9.37');
  const name = `${textAt(draft, 'metadata', 'namespace')}/${textAt(draft, 'metadata', 'name')}`;
  const what = `autopilot-default-resources-mutator:Autopilot updated ${resource.kind} ${name}`;
  const defaulted = notes.filter((each) => each.kind === 'defaulted');
  if (resource.kind !== 'Pod' && defaulted.length > 0) {
    const names = [...new Set(defaulted.map((each) => each.resource))].map((each) => `'${each}'`).join(', ');
    const containers = [...new Set(defaulted.map((each) => each.container))].join(', ');
    warn(
      `${what}: defaulted unspecified ${names} resource for containers [${containers}] (see http://g.co/gke/autopilot-defaults)`,
    );
  }
  if (resource.kind !== 'Pod' && notes.some((each) => each.kind === 'raised')) {
    warn(
      `${what}: adjusted resources to meet requirements for containers [${[...new Set(notes.filter((each) => each.kind === 'raised').map((each) => each.container))].join(', ')}] (see http://g.co/gke/autopilot-resources)`,
    );
  }
  return copy;
}

interface Note {
  readonly kind: 'defaulted' | 'raised';
  readonly container: string;
  readonly resource: string;
}

/** Edits one container's resources, and tells what it did. */
function adjust(container: Draft): Note[] {
  const name = textAt(container, 'name');
  const resources = objectAt(container, 'resources');
  const requests: Draft = { ...objectAt(resources, 'requests') };
  const limits: Draft = { ...objectAt(resources, 'limits') };
  const notes: Note[] = [];
  const fill = (what: string, value: string): void => {
    if (requests[what] !== undefined) return;
    if (limits[what] === undefined) notes.push({ kind: 'defaulted', container: name, resource: what });
    requests[what] = limits[what] ?? value;
  };
  fill('cpu', general.cpu);
  fill('memory', general.memory);
  requests['ephemeral-storage'] ??= limits['ephemeral-storage'] ?? general.storage;
  const raise = (what: string, value: string): void => {
    notes.push({ kind: 'raised', container: name, resource: what });
    requests[what] = value;
  };
  if (milli(requests['cpu']) < general.cpuMin) raise('cpu', `${general.cpuMin}m`);
  if (units(requests['memory']) < general.memoryMin) raise('memory', '52Mi');
  container['resources'] = { ...resources, limits, requests };
  settle(container);
  return notes;
}

/** Limits: at least what is requested; CPU may burst without one. */
function settle(container: Draft): void {
  const resources = objectAt(container, 'resources');
  const requests: Draft = { ...objectAt(resources, 'requests') };
  const limits: Draft = { ...objectAt(resources, 'limits') };
  for (const what of ['cpu', 'memory', 'ephemeral-storage']) {
    const asked = canonicalQuantity(requests[what]);
    const limit = limits[what];
    if (what === 'cpu' && limit === undefined) continue;
    limits[what] = limit !== undefined && milli(limit) > milli(asked) ? limit : asked;
    requests[what] = asked;
  }
  requests['cpu'] = canonicalQuantity(requests['cpu']);
  container['resources'] = { ...resources, limits, requests };
}

/** Keeps the pod's memory within the allowed range for its CPU, by raising its first container. */
function balance(spec: Readonly<Draft>): Note[] {
  const sidecars = listAt(spec, 'initContainers').filter((each) => textAt(each, 'restartPolicy') === 'Always');
  const running = [...listAt(spec, 'containers'), ...sidecars].filter(isObject);
  const [first] = running;
  if (!first) return [];
  const total = (what: string, size: (value: unknown) => number): number =>
    running.reduce((sum, each) => sum + size(objectAt(each, 'resources', 'requests')[what]), 0);
  const cpu = total('cpu', milli) / 1000;
  const memory = total('memory', units);
  const raise = (what: string, value: string): Note[] => {
    put(first, ['resources', 'requests', what], value);
    settle(first);
    return [{ kind: 'raised', container: textAt(first, 'name'), resource: what }];
  };
  const own = objectAt(first, 'resources', 'requests');
  if (memory < cpu * ratio.least) return raise('memory', mebibytes(units(own['memory']) + cpu * ratio.least - memory));
  if (memory <= cpu * ratio.most) return [];
  return raise('cpu', `${milli(own['cpu']) + Math.ceil((memory / ratio.most - cpu) * 1000)}m`);
}

/** Our own writes and other small changes leave the template alone, and with it what was noted about it. */
function keepMarks(draft: Draft, live: KubeObject): Draft {
  const copy = structuredClone(draft);
  for (const name of [adjustment, warden]) {
    const value = live.metadata.annotations?.[name];
    if (value !== undefined) put(copy, ['metadata', 'annotations', name], value);
  }
  return copy;
}

function mebibytes(value: number): string {
  return canonicalQuantity(`${Math.ceil(value / 1024 ** 2)}Mi`) ?? '0';
}

function harden(spec: Draft): void {
  const security = objectAt(spec, 'securityContext');
  spec['securityContext'] = { seccompProfile: { type: 'RuntimeDefault' }, ...security };
  for (const container of listAt(spec, 'containers').filter(isObject)) {
    const own = objectAt(container, 'securityContext');
    const capabilities = objectAt(own, 'capabilities');
    container['securityContext'] = { ...own, capabilities: { drop: ['NET_RAW'], ...capabilities } };
  }
  const arch = { key: 'kubernetes.io/arch', operator: 'Equal', value: 'amd64', effect: 'NoSchedule' };
  const tolerations = listAt(spec, 'tolerations');
  if (!tolerations.some((each) => textAt(each, 'key') === arch.key)) spec['tolerations'] = [...tolerations, arch];
}

/** Resources by container, as the annotation spells them. */
function summary(spec: Readonly<Draft>): unknown {
  const containers = [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')].map((container) => ({
    ...pick(container, 'limits'),
    ...pick(container, 'requests'),
    name: textAt(container, 'name'),
  }));
  return { containers };
}

function pick(container: unknown, which: 'limits' | 'requests'): Draft {
  const values = objectAt(container, 'resources', which);
  return Object.keys(values).length === 0 ? {} : { [which]: values };
}
