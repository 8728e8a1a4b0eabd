import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Api, apis, methods } from '../../../compiler/simulator/google/definitions.ts';

interface Node {
  readonly nested?: Readonly<Record<string, Node>>;
  readonly fields?: Readonly<Record<string, object>>;
  readonly methods?: Readonly<
    Record<string, { readonly parsedOptions?: readonly Readonly<Record<string, unknown>>[] }>
  >;
}

/** A second, independent definition of the same API: the protobuf descriptors in Google's own client. */
function protos(npmPackage: string, protoPackage: string): Node {
  const entry = createRequire(import.meta.url).resolve(npmPackage);
  const folder = entry.slice(0, entry.lastIndexOf(npmPackage) + npmPackage.length);
  let node = JSON.parse(readFileSync(`${folder}/build/protos/protos.json`, 'utf8')) as Node;
  for (const part of protoPackage.split('.')) node = node.nested?.[part] ?? {};
  return node;
}

const sources = [
  { name: 'container', version: 'v1', npm: '@google-cloud/container' },
  { name: 'sqladmin', version: 'v1', npm: '@google-cloud/sql' },
] as const;

for (const source of sources) {
  const api = apis.find((each) => each.name === source.name && each.version === source.version);

  test(`agrees with the client's descriptors on the fields of ${source.name}`, () => {
    assert.ok(api);
    const messages = protos(source.npm, api.package).nested ?? {};
    const shared = Object.entries(api.schemas).filter(([name]) => messages[name]?.fields);
    assert.ok(shared.length > 60, `only ${shared.length} schemas have a message`);
    const unknown = shared.flatMap(([name, schema]) => {
      const fields = new Set(Object.keys(messages[name]?.fields ?? {}).map(camel));
      return Object.keys(schema)
        .filter((field) => !fields.has(field) && !field.includes('_'))
        .map((field) => `${name}.${field}`);
    });
    // Discovery may be a few weeks ahead of the client; more than that would mean a mistake in compiling it.
    assert.ok(unknown.length <= 12, unknown.join(', '));
  });

  test(`agrees with the client's descriptors on the routes of ${source.name}`, () => {
    assert.ok(api);
    const known = routesOf(protos(source.npm, api.package));
    const ours = new Set(methods.filter((each) => each.api === api).map((each) => `${each.verb} ${shape(each.path)}`));
    const missing = [...known].filter((route) => !ours.has(route));
    assert.ok(known.size > 30, `only ${known.size} routes`);
    assert.ok(missing.length <= 3, missing.join(', '));
  });
}

test('knows the number of every enum value that the official clients send', () => {
  const numbered = (api: Api): boolean => ['container', 'sqladmin'].includes(api.name);
  const unnumbered = apis.filter(numbered).flatMap((api) =>
    Object.entries(api.enums)
      .filter(([, values]) => Array.isArray(values))
      .map(([name]) => name),
  );
  assert.deepEqual(unnumbered, ['StatusCondition.canonicalCode']);
});

test('keeps the revision of every document', () => {
  for (const api of apis) assert.match(api.revision, /^20\d{6}$/);
});

test('is what the script makes of the discovery documents, byte for byte', (t) => {
  const documents = fileURLToPath(new URL('../../../../shared/google-discovery', import.meta.url));
  if (!existsSync(documents)) {
    t.skip('no discovery documents lie beside the checkout');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'hello-definitions-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const made = join(folder, 'definitions.json');
  const script = fileURLToPath(new URL('../../../tools/definitions/compile.ts', import.meta.url));
  execFileSync(process.execPath, [script, documents, made]);
  const carried = new URL('../../../compiler/simulator/google/definitions.json', import.meta.url);
  assert.ok(readFileSync(made).equals(readFileSync(carried)), 'run tools/definitions/compile.ts');
});

function routesOf(node: Node): ReadonlySet<string> {
  const routes = new Set<string>();
  for (const child of Object.values(node.nested ?? {})) {
    for (const method of Object.values(child.methods ?? {})) {
      for (const option of method.parsedOptions ?? []) {
        const http = option['(google.api.http)'] as Readonly<Record<string, unknown>> | undefined;
        for (const binding of [http, http?.['additional_bindings']].flat() as (
          | Readonly<Record<string, unknown>>
          | undefined
        )[]) {
          for (const verb of ['get', 'put', 'post', 'patch', 'delete']) {
            const path = binding?.[verb];
            if (typeof path === 'string' && path.startsWith('/v1/')) routes.add(`${verb.toUpperCase()} ${shape(path)}`);
          }
        }
      }
    }
  }
  return routes;
}

/** The path with its parameters made nameless. */
function shape(path: string): string {
  return path.replaceAll(/\{\w+=([^}]+)\}/g, '$1').replaceAll(/\{\w+\}/g, '*');
}

function camel(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
}
