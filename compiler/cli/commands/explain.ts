import type { DiagnosticCode } from '../../base/diagnostic.ts';
import { diagnosticCodes, problem } from '../../base/diagnostic.ts';
import { Refusal } from '../../base/errors.ts';
import type { Json } from '../../base/json.ts';
import type { KeyHelp } from '../../spec/describe-key.ts';
import { flag, jsonFlag, text, type Command } from '../command.ts';

export const explainCommand: Command = {
  words: [{ name: '<what>', help: 'a code like HELLO1004, or a path like db.tier' }],
  flags: [jsonFlag],
  examples: [
    ['explain HELLO5001', 'what a code means, and what to do'],
    ['explain db.tier', 'what a key takes: type, default, example'],
  ],
  async run(values, io) {
    const what = text(values, 'what') ?? '';
    const isCode = /^hello/i.test(what);
    const help = isCode ? await explainCode(what.toUpperCase()) : await explainKey(what);
    io.out(flag(values, 'json') ? `${JSON.stringify(help.data, undefined, 2)}\n` : `${await help.text()}\n`);
    return 0;
  },
};

interface Help {
  readonly data: Json | KeyHelp;
  text(): Promise<string>;
}

async function explainCode(what: string): Promise<Help> {
  const { explanations } = await import('../../base/explanations.ts');
  if (!Object.hasOwn(diagnosticCodes, what)) {
    const { didYouMean } = await import('../../spec/suggest.ts');
    const meant = didYouMean(what, Object.keys(diagnosticCodes));
    throw new Refusal(
      problem('HELLO1010', `there is no code ${what}`, meant === undefined ? {} : { fix: `Did you mean ${meant}?` }),
    );
  }
  const code = what as DiagnosticCode;
  const { title, exit } = diagnosticCodes[code];
  const explanation = explanations[code];
  return {
    data: { code, title, exit_code: exit, explanation: explanation.replaceAll('\n', ' ') },
    text: async () => `${code}: ${title}\n\n${explanation}\n\nA run that ends with it exits with ${exit}.`,
  };
}

async function explainKey(path: string): Promise<Help> {
  const { describeKey } = await import('../../spec/describe-key.ts');
  const { noSuchKey, splitPath } = await import('../dotted-path.ts');
  const found = describeKey(splitPath(path));
  if ('unknown' in found) throw new Refusal(noSuchKey(path, found.unknown, found.keys));
  return { data: found, text: async () => keyText(found) };
}

async function keyText(key: KeyHelp): Promise<string> {
  const { stringify } = await import('yaml');
  const nested = key.path
    .split('.')
    .toReversed()
    .filter((part) => !/^\d+$/.test(part));
  const example = nested.reduce<unknown>((inner, part) => ({ [part]: inner }), key.example);
  return [
    key.path || 'hello.config.yaml',
    ...(key.description === undefined ? [] : ['', key.description]),
    '',
    `type:     ${key.types.join(', or ')}`,
    ...(key.default === undefined ? [] : [`default:  ${JSON.stringify(key.default)}`]),
    ...(key.required && key.path !== '' ? ['required'] : []),
    ...(key.keys.length > 0 ? [`keys:     ${key.keys.join(', ')}`] : []),
    '',
    'example:',
    stringify(example).trimEnd().replaceAll(/^/gm, '  '),
  ].join('\n');
}
