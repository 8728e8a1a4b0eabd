import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A value's type as a discovery document writes it. */
export interface Property {
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly enum?: readonly string[];
  readonly items?: Property;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly additionalProperties?: Property;
}

export interface Parameter extends Property {
  readonly location: 'path' | 'query';
  readonly repeated?: boolean;
  readonly pattern?: string;
}

export interface Method {
  readonly id: string;
  readonly httpMethod: string;
  readonly path: string;
  readonly flatPath?: string;
  readonly parameters?: Readonly<Record<string, Parameter>>;
  readonly request?: { readonly $ref: string };
  readonly response?: { readonly $ref: string };
}

interface Resource {
  readonly methods?: Readonly<Record<string, Method>>;
  readonly resources?: Readonly<Record<string, Resource>>;
}

/** The parts of a discovery document that the local cloud needs. */
export interface Discovery extends Resource {
  readonly name: string;
  readonly version: string;
  readonly revision: string;
  readonly title: string;
  readonly rootUrl: string;
  readonly servicePath: string;
  readonly schemas: Readonly<Record<string, Property & { readonly id: string }>>;
}

/** Reads `<file>.json.gz` or `<file>.json` of the folder. */
export function readDiscovery(folder: string, file: string): Discovery {
  const packed = join(folder, `${file}.json.gz`);
  const bytes = existsSync(packed) ? gunzipSync(readFileSync(packed)) : readFileSync(join(folder, `${file}.json`));
  return JSON.parse(bytes.toString('utf8')) as Discovery;
}

/** Every method of the document with the path that leads to it, such as `projects.locations.clusters.get`. */
export function* methodsOf(resource: Resource, prefix = ''): Generator<readonly [string, Method]> {
  for (const [name, method] of Object.entries(resource.methods ?? {})) yield [`${prefix}${name}`, method];
  for (const [name, child] of Object.entries(resource.resources ?? {})) yield* methodsOf(child, `${prefix}${name}.`);
}

/** `v1/{name=projects/*}:go`: the URL template with the pattern of each many-segment parameter written into it. */
export function templateOf(method: Method): string {
  return method.path.replace(/\{\+(\w+)\}/g, (_all, name: string) => {
    const pattern = method.parameters?.[name]?.pattern ?? '^.*$';
    return `{${name}=${pattern
      .slice(1, -1)
      .replaceAll(/\[\^\/\][+*]/g, '*')
      .replaceAll('.*', '**')}}`;
  });
}
