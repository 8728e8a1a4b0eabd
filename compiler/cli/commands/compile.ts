import { digest } from '../../base/digest.ts';
import type { OutputFile } from '../../export/files.ts';
import type { Graph } from '../../model/graph.ts';
import { flag, jsonFlag, text, type Command } from '../command.ts';
import { requireSpec } from '../load-spec.ts';
import { specFlags } from '../spec-flags.ts';

export const compileCommand: Command = {
  flags: [
    ...specFlags,
    jsonFlag,
    { flags: '-o, --output <folder>', help: 'write manifests as YAML and Google calls as JSON into this folder' },
    { flags: '--stream', help: 'all manifests in one file, manifests.yaml' },
  ],
  examples: [
    ['compile', 'the Google resources as comments, the manifests as YAML'],
    ['compile -o deploy', 'a file an object, for GitOps and review'],
    ['compile --json', 'everything, for a program'],
  ],
  async run(values, io) {
    const { spec } = await requireSpec(values, io, io.env);
    const { compile, kindOf } = await import('../../engine/compile.ts');
    const { registry } = await import('../../kinds/registry.ts');
    const graph = compile(spec, registry);
    const folder = text(values, 'output');
    const json = flag(values, 'json');
    if (folder === undefined) {
      io.out(await (json ? toJson(graph) : toYaml(graph)));
      return 0;
    }
    const files = await import('../../export/files.ts');
    const { writeFiles } = await import('../write-files.ts');
    const all: readonly OutputFile[] = [
      ...files.manifestFiles(graph, { stream: flag(values, 'stream') }),
      await files.googleCallsFile(graph, (name) => kindOf(registry, name), { project: spec.project, app: spec.name }),
    ];
    const written = await writeFiles(folder, io.cwd, all);
    const hash = digest(all);
    if (json) io.out(`${JSON.stringify({ written, hash })}\n`);
    else io.say(`Wrote ${written.length} files to ${folder}, hash ${hash.slice(0, 8)}.`);
    return 0;
  },
};

async function toJson(graph: Graph): Promise<string> {
  const { plainDesired } = await import('../../export/files.ts');
  const resources = [...graph.resources.values()].map((resource) => ({
    address: resource.id,
    kind: resource.kind,
    title: resource.title,
    needs: graph.needs.get(resource.id) ?? [],
    desired: plainDesired(resource),
  }));
  return `${JSON.stringify({ format_version: '1.0', hash: digest(resources), resources }, undefined, 2)}\n`;
}

async function toYaml(graph: Graph): Promise<string> {
  const { isManifest, manifestFiles } = await import('../../export/files.ts');
  const google = [...graph.resources.values()]
    .filter((resource) => !isManifest(resource))
    .map((resource) => `# ${resource.id}: ${resource.title}\n`);
  return [...google, ...manifestFiles(graph, { stream: true }).map((file) => file.text)].join('');
}
