import { choice, jsonFlag, type Command } from '../command.ts';
import { requireSpec } from '../load-spec.ts';
import { specFlags } from '../spec-flags.ts';

const formats = ['mermaid', 'dot', 'json'] as const;

export const graphCommand: Command = {
  flags: [
    ...specFlags,
    jsonFlag,
    { flags: '-f, --format <format>', help: 'how to draw it (default: mermaid)', choices: formats },
  ],
  examples: [
    ['graph', 'for a Markdown file'],
    ['graph --format dot | dot -Tsvg > graph.svg', 'as a picture, with Graphviz'],
    ['graph --json', 'as data, with the critical path'],
  ],
  async run(values, io) {
    const { spec } = await requireSpec(values, io, io.env);
    const { compile, kindOf } = await import('../../engine/compile.ts');
    const { registry } = await import('../../kinds/registry.ts');
    const { typicalSecondsDefault } = await import('../../model/kind.ts');
    const { duration, graphView, toDot, toMermaid } = await import('../../export/graph.ts');
    const seconds = (kind: string): number => kindOf(registry, kind).typicalSeconds ?? typicalSecondsDefault;
    const view = graphView(compile(spec, registry), seconds);
    const format = choice(values, formats) ?? 'mermaid';
    if (format === 'json') io.out(`${JSON.stringify(view, undefined, 2)}\n`);
    else {
      io.out(format === 'dot' ? toDot(view) : toMermaid(view));
      const { seconds: total, addresses } = view.critical_path;
      io.say(`A first apply takes about ${duration(total)}: ${addresses.join(' -> ')}`);
    }
    return 0;
  },
};
