import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import { digest } from '../base/digest.ts';
import type { Cluster } from '../cloud/kubernetes/cluster.ts';
import { isObject } from '../base/json.ts';
import { member } from '../kinds/kubernetes/kube-json.ts';
import { workloadLabels } from '../kinds/kubernetes/labels.ts';
import { ownedFields } from '../kinds/kubernetes/owned-fields.ts';
import { contentsOf, type Recorded } from '../kinds/kubernetes/release.ts';
import { imagesOf, putBackTemplate } from '../kinds/kubernetes/roll-back.ts';
import { configMapType } from '../kinds/kubernetes/types.ts';
import { namespaceOf } from '../kinds/names.ts';
import type { KubeObject } from '../model/ports.ts';
import type { Release, ReleaseContents, ServiceContents } from '../model/release.ts';
import type { Service, Spec } from '../spec/spec.ts';
import { readReleases, recordRelease } from './releases.ts';
import { deploymentOf, type Rollout } from './restart.ts';

/** One service of a rollback, and what will be other than now. */
export interface RollbackStep extends Rollout {
  /** In words: `image: a -> b`, `env GREETING`. */
  readonly differences: readonly string[];
}

/** What a rollback would do. */
export interface Rollback {
  readonly release: Release;
  readonly steps: readonly RollbackStep[];
  /** Services that the release does not know: they stay as they are. */
  readonly untouched: readonly string[];
  /** Services of the release that the config no longer has: they do not come back. */
  readonly missing: readonly string[];
  /** Remembers it, once it is done. */
  record(): Promise<Release>;
}

interface Now {
  readonly service: Service;
  readonly live: KubeObject;
  readonly contents: ServiceContents;
}

/**
 * The way back to a release: to the one of that number, or to the newest one that differs from what runs. Changes
 * nothing. Throws a Refusal when there is none.
 */
export async function planRollback(cluster: Cluster, spec: Spec, number: number | undefined): Promise<Rollback> {
  const [releases, now] = await Promise.all([
    readReleases(cluster, spec),
    Promise.all(spec.services.map(async (service) => readNow(cluster, spec, service))),
  ]);
  const { release, contents } = await choose(releases, now, number);
  const known = now.filter(({ service }) => contents.services[service.name]);
  const steps = known.flatMap((each) => stepOf(cluster, spec, each, contents.services[each.service.name]));
  const names = new Set(now.map(({ service }) => service.name));
  return {
    release,
    steps,
    untouched: now.filter((each) => !known.includes(each)).map(({ service }) => service.name),
    missing: Object.keys(contents.services).filter((name) => !names.has(name)),
    async record() {
      const services = Object.fromEntries(now.map((each) => [each.service.name, each.contents]));
      const put = Object.fromEntries(Object.entries(contents.services).filter(([name]) => names.has(name)));
      const facts = { spec_hash: release.spec_hash, rolled_back_to: release.number };
      return recordRelease(cluster, spec, facts, { services: { ...services, ...put } });
    },
  };
}

async function readNow(cluster: Cluster, spec: Spec, service: Service): Promise<Now> {
  const [live, config] = await Promise.all([
    deploymentOf(cluster, spec, service),
    cluster.api.find(configMapType, service.name, namespaceOf(spec)),
  ]);
  const template = member(ownedFields(live).spec, 'template');
  const data = config && ownedFields(config).data;
  return { service, live, contents: { template, ...(data && { config: data }) } };
}

async function choose(
  releases: readonly Recorded[],
  now: readonly Now[],
  number: number | undefined,
): Promise<{ readonly release: Release; readonly contents: ReleaseContents }> {
  const named = releases.filter(({ release }) => number === undefined || release.number === number);
  for (const each of named) {
    const contents = await contentsOf(each);
    if (contents && (number !== undefined || !runsNow(contents, now))) return { release: each.release, contents };
  }
  const fix = 'See `hello releases`; each apply that changes what runs makes one.';
  const what = number === undefined ? 'there is no release before what runs now' : `there is no release ${number}`;
  throw new Refusal(problem('HELLO1010', what, { fix }));
}

function runsNow({ services }: ReleaseContents, now: readonly Now[]): boolean {
  return now.every(({ service, contents }) => {
    const then = services[service.name];
    return then === undefined || digest(then) === digest(contents);
  });
}

function stepOf(cluster: Cluster, spec: Spec, now: Now, then: ServiceContents | undefined): RollbackStep[] {
  if (!then || digest(then) === digest(now.contents)) return [];
  const { service, live } = now;
  const change = async (): Promise<KubeObject> => {
    if (then.config) await putBackConfig(cluster, spec, service, then.config);
    await putBackTemplate(cluster.api, ownedFields(live), then.template);
    return deploymentOf(cluster, spec, service);
  };
  return [{ service, live, change, differences: differencesOf(now.contents, then) }];
}

/** First, as pods read it when they start. */
async function putBackConfig(
  cluster: Cluster,
  spec: Spec,
  { name }: Service,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const live = await cluster.api.find(configMapType, name, namespaceOf(spec));
  const metadata = { name, namespace: namespaceOf(spec), labels: workloadLabels(spec, name) };
  const want = live ? ownedFields(live) : { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  await cluster.api.apply(configMapType, { ...want, data }, { force: true });
}

function differencesOf(now: ServiceContents, then: ServiceContents): string[] {
  const [[imageNow = ''], [imageThen = '']] = [imagesOf(now.template), imagesOf(then.template)];
  const image = imageNow === imageThen ? [] : [`image: ${imageNow} -> ${imageThen}`];
  const names = new Set([...Object.keys(now.config ?? {}), ...Object.keys(then.config ?? {})]);
  const env = [...names].filter((name) => now.config?.[name] !== then.config?.[name]).map((name) => `env: ${name}`);
  const rest = image.length + env.length === 0 || restOf(now.template) !== restOf(then.template);
  return [...image, ...env, ...(rest ? ['other fields of the pods'] : [])];
}

/** All of a template but the image and what follows from the environment. */
function restOf(template: unknown): string {
  const spec = member(template, 'spec');
  const containers = member(spec, 'containers');
  const plain = Array.isArray(containers)
    ? containers.map((each: unknown) => (isObject(each) ? { ...each, image: '' } : each))
    : containers;
  return digest({ ...(isObject(spec) ? spec : {}), containers: plain });
}
