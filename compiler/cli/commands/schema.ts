import { text, type Command } from '../command.ts';

const names = ['config', 'plan', 'events'] as const;

export const schemaCommand: Command = {
  words: [{ name: '<name>', help: 'which', choices: names }],
  flags: [],
  examples: [
    ['schema config > hello.schema.json', 'for an editor'],
    ['schema plan', 'of plan --json'],
    ['schema events', 'of each line of apply --json'],
  ],
  async run(values, io) {
    const name = names.find((each) => each === text(values, 'name')) ?? 'config';
    io.out(`${JSON.stringify(await schemaOf(name), undefined, 2)}\n`);
    return 0;
  },
};

async function schemaOf(name: (typeof names)[number]): Promise<Record<string, unknown>> {
  if (name === 'config') return (await import('../../spec/json-schema.ts')).configJsonSchema();
  const { eventJsonSchema, planJsonSchema } = await import('../../render/output-schemas.ts');
  return name === 'plan' ? planJsonSchema() : eventJsonSchema();
}
