import type { Json } from '../../base/json.ts';
import { compile } from '../../engine/compile.ts';
import { registry } from '../../kinds/registry.ts';
import { resolve, type Resource } from '../../model/resource.ts';
import type { Graph } from '../../model/graph.ts';
import { flag, jsonFlag, type Command } from '../command.ts';
import { requireSpec } from '../load-spec.ts';
import { specFlags } from '../spec-flags.ts';

export const compileCommand: Command = {
  name: 'compile',
  summary: 'print the graph of resources and the Kubernetes manifests, offline',
  flags: [...specFlags, jsonFlag],
  examples: [
    ['compile', 'the Google resources as comments, the manifests as YAML'],
    ['compile --json', 'everything, for a program'],
  ],
  async run(values, io) {
    const { spec } = await requireSpec(values, io, io.env);
    const graph = compile(spec, registry);
    if (flag(values, 'json')) io.out(`${JSON.stringify(toJson(graph), undefined, 2)}\n`);
    else io.out(await toYaml(graph));
    return 0;
  },
};

function toJson(graph: Graph): Json {
  return {
    format_version: '1.0',
    resources: [...graph.resources.values()].map((resource) => ({
      address: resource.id,
      kind: resource.kind,
      title: resource.title,
      needs: graph.needs.get(resource.id) ?? [],
      desired: plainDesired(resource),
    })),
  };
}

/** What is known before anything exists; references read as what they wait for. */
function plainDesired(resource: Resource): Json {
  return resolve<Json>(resource.desired as Json, () => undefined);
}

async function toYaml(graph: Graph): Promise<string> {
  const { stringify } = await import('yaml');
  const all = [...graph.resources.values()];
  const google = all
    .filter((resource) => !isManifest(resource))
    .map((resource) => `# ${resource.id}: ${resource.title}`);
  const manifests = all
    .filter(isManifest)
    .map((resource) => `---\n# ${resource.id}\n${stringify(plainDesired(resource))}`);
  return [...google, ...manifests].join('\n').trimEnd().concat('\n');
}

function isManifest(resource: Resource): boolean {
  return resource.kind.startsWith('kubernetes.');
}
