import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../compiler/spec/read.ts';
import { stack } from '../support/spec.ts';
import { shown, sourcesOf, surroundings } from './reading.ts';

const casesMax = 10_000;

const staged = `name: shop
region: \${opt:region, us-central1}
db: { tier: "a-\${env:TIER}", instance: "\${stage}-db" }
env:
  A: \${env:COUNT}
  B: "x \${self:env.A} y $\${HOME}"
  C: \${git:sha, none}
  D: >
    folded
    \${self:name} text
replicas: \${env:COUNT, 4}
ports: ["80:5000", { port: 81, target: 5001 }]
stages:
  dev:
  prod: { project: my-prod-1, replicas: 5, env: { C: null } }
`;

/** What breaks readers of YAML and of variables, in one place of a config or another. */
const bits: readonly string[] = [
  ['${', '}', '$${', '${self:', '${self:env}', '${self:env.A}', '${env:A, ', '${file:x.yaml:a}', '${stage}', '${}'],
  [
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '- ',
    '? ',
    '| ',
    '>\n',
    '\n',
    '  ',
    '\t',
    '# ',
    ': ',
    ',',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
  ],
  ['&a ', '*a', '<<: *a', '!!binary ', '!!set ', '!!map ', '!x ', '__proto__: 1\n', 'constructor', 'toString'],
  ['null', '~', 'yes', '1e3', '0o7', '.inf', '-.nan', '2024-01-01', '\u0000', '\uFEFF', '\uD800', '\u2028', 'é'],
  ['stages:', 'stages: {}\n', 'name: x\n', 'protected: 1', 'services:\n  web: {}\n', 'env: []\n'],
].flat();

/** The same numbers on every machine. https://en.wikipedia.org/wiki/Linear_congruential_generator */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function mutate(text: string, pick: (below: number) => number): string {
  let mutated = text;
  for (let count = 1 + pick(4); count > 0; count -= 1) {
    const at = pick(mutated.length);
    const [before, after] = [mutated.slice(0, at), mutated.slice(at)];
    const kind = pick(4);
    if (kind < 2) mutated = `${before}${bits[pick(bits.length)]}${after}`;
    else if (kind === 2) mutated = `${before}${after.slice(1 + pick(12))}`;
    else mutated = `${before}${mutated.slice(pick(mutated.length)).slice(0, 40)}${after}`;
  }
  return mutated;
}

test(`${casesMax} broken configs each end in a spec or in diagnostics with a place`, () => {
  const pick = chance(20_261_124);
  const sources = sourcesOf({ 'x.yaml': 'a: 1' });
  let understood = 0;
  for (let round = 0; round < casesMax; round += 1) {
    const text = mutate(round % 2 === 0 ? staged : stack, pick);
    const set =
      pick(5) === 0
        ? [`${bits[pick(bits.length)]}=${bits[pick(bits.length)]}`, `db.tier=${bits[pick(bits.length)]}`]
        : [];
    const options = { set, sources, vars: { a: '1' }, ...(pick(4) === 0 && { stage: 'prod' }) };
    const told = `round ${round}: ${JSON.stringify({ text, set })}`;
    try {
      const result = readConfig(text, 'f.yaml', surroundings, [], options);
      if (result.ok) understood += 1;
      for (const each of result.ok ? result.warnings : result.problems) {
        assert.ok(each.at ? each.at.line > 0 && each.at.column > 0 && each.at.length > 0 : each.flag, shown(each));
        assert.doesNotMatch(each.message, /\[object|undefined|NaN|Invalid input/);
      }
    } catch (error) {
      throw new Error(told, { cause: error });
    }
  }
  assert.ok(understood > casesMax / 50, `only ${understood} were understood: the mutations are too wild to prove much`);
});
