import { stringify } from 'yaml';
import type { Json } from '../base/json.ts';
import { isObject } from '../base/json.ts';
import type { Graph } from '../model/graph.ts';
import type { AnyKind } from '../model/kind.ts';
import { resolve, type Resource } from '../model/resource.ts';
import { callsOf } from './calls.ts';

/** A file that a compilation gives: its name, without a folder, and its text. */
export interface OutputFile {
  readonly name: string;
  readonly text: string;
}

/** Whether a resource is a Kubernetes object, whose desired value is its manifest. */
export function isManifest(resource: Resource): boolean {
  return resource.kind.startsWith('kubernetes.');
}

/** What is known before anything exists; references read as what they wait for. */
export function plainDesired(resource: Resource): Json {
  return resolve<Json>(resource.desired as Json, () => undefined);
}

/** The manifests as YAML: a file each, or one stream in the order of doing. Secrets stand in them as references. */
export function manifestFiles(graph: Graph, how: { readonly stream: boolean }): OutputFile[] {
  const manifests = [...graph.resources.values()].filter(isManifest).map((resource) => ({
    name: fileNameOf(resource),
    text: `# ${resource.id}\n${stringify(plainDesired(resource))}`,
  }));
  if (!how.stream) return manifests;
  return [{ name: 'manifests.yaml', text: manifests.map(({ text }) => `---\n${text}`).join('') }];
}

/** The calls to Google's APIs that making everything means, in the order of doing, as JSON. */
export async function googleCallsFile(
  graph: Graph,
  kindOf: (name: string) => AnyKind,
  of: { readonly project: string; readonly app: string },
): Promise<OutputFile> {
  const resources = [];
  for (const resource of graph.resources.values()) {
    if (isManifest(resource)) continue;
    const calls = await callsOf(kindOf(resource.kind), resource, of.project, of.app);
    resources.push({ address: resource.id, title: resource.title, calls });
  }
  return {
    name: 'google-calls.json',
    text: `${JSON.stringify({ format_version: '1.0', project: of.project, resources }, undefined, 2)}\n`,
  };
}

/** `deployment-hello-world.yaml`. Keys may hold slashes and colons, file names of all systems may not. */
function fileNameOf({ kind, key, desired }: Resource): string {
  const sort = isObject(desired) && typeof desired['kind'] === 'string' ? desired['kind'] : kind;
  return `${sort.toLowerCase()}-${key.replaceAll(/[^\w.-]+/g, '-')}.yaml`;
}
