import * as z from 'zod/mini';
import type { Json } from '../base/json.ts';
import { isObject } from '../base/json.ts';
import { specSchema } from './schema.ts';

/** What the schema says of a key of the config. */
export interface KeyHelp {
  readonly path: string;
  readonly description?: string;
  /** `text`, `number`, `one of POSTGRES_14, …`; several where there are several forms. */
  readonly types: readonly string[];
  readonly default?: Json;
  readonly required: boolean;
  readonly example: Json;
  /** The keys that may stand in it. */
  readonly keys: readonly string[];
}

/** Which step of a path leads nowhere, and what may stand there instead. */
export interface NoSuchKey {
  readonly unknown: string;
  readonly keys: readonly string[];
}

type Schema = Readonly<Record<string, unknown>>;

/** Looks a key up in the schema, through lists, free maps and every form that a value may have. */
export function describeKey(path: readonly string[]): KeyHelp | NoSuchKey {
  let level: readonly Schema[] = forms(z.toJSONSchema(specSchema, { io: 'input' }));
  let required = true;
  for (const part of path) {
    const next = level.flatMap((each) => membersOf(each, part));
    if (next.length === 0) return { unknown: part, keys: keysOf(level) };
    required = level.some((each) => Array.isArray(each['required']) && each['required'].includes(part));
    level = next;
  }
  const all = level.flatMap(forms);
  const described = [...level, ...all].find((each) => typeof each['description'] === 'string');
  const withDefault = level.find((each) => each['default'] !== undefined);
  return {
    path: path.join('.'),
    ...(described && { description: String(described['description']) }),
    types: [...new Set(all.map(typeOf))],
    ...(withDefault && { default: withDefault['default'] as Json }),
    required,
    example: exampleOf(withDefault ?? level[0] ?? {}),
    keys: keysOf(all),
  };
}

function forms(schema: Schema): Schema[] {
  const options = schema['anyOf'];
  return Array.isArray(options) ? options.filter(isObject).flatMap(forms) : [schema];
}

function membersOf(schema: Schema, part: string): Schema[] {
  return forms(schema).flatMap((form) => {
    const { properties, items, additionalProperties } = form;
    if (isObject(properties) && Object.hasOwn(properties, part)) return [properties[part]].filter(isObject);
    // `ports[0]` is an item; `ports.port` means the key of any item.
    if (isObject(items)) return /^\d+$/.test(part) ? [items] : membersOf(items, part);
    return isObject(additionalProperties) ? [additionalProperties] : [];
  });
}

function keysOf(level: readonly Schema[]): string[] {
  const keys = level.flatMap(forms).flatMap(({ properties, items }) => {
    if (isObject(properties)) return Object.keys(properties);
    return isObject(items) ? keysOf([items]) : [];
  });
  return [...new Set(keys)];
}

const names: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  object: 'map',
  null: 'nothing',
};

function typeOf(schema: Schema): string {
  const { enum: values, items, const: only, type, pattern, minimum, maximum } = schema;
  if (Array.isArray(values)) return `one of ${values.join(', ')}`;
  if (only !== undefined) return JSON.stringify(only);
  if (isObject(items)) return `list of ${[...new Set(forms(items).map(typeOf))].join(' or ')}`;
  const name = names[String(type)] ?? String(type);
  const bounds = typeof minimum === 'number' && typeof maximum === 'number' ? ` from ${minimum} to ${maximum}` : '';
  return `${name}${bounds}${typeof pattern === 'string' ? ` like ${pattern}` : ''}`;
}

/** The default where there is one, else something of the right shape. */
function exampleOf(schema: Schema): Json {
  const [given] = Array.isArray(schema['examples']) ? (schema['examples'] as Json[]) : [];
  if (given !== undefined) return given;
  if (schema['default'] !== undefined && !isEmpty(schema['default'])) return schema['default'] as Json;
  const form = forms(schema)[0] ?? {};
  if (Array.isArray(form['enum'])) return (form['enum'] as Json[]).at(-1) ?? null;
  if (isObject(form['items'])) return [exampleOf(form['items'])];
  const { properties, additionalProperties, type } = form;
  if (isObject(properties)) {
    const entries = Object.entries(properties).map(
      ([key, each]) => [key, exampleOf(isObject(each) ? each : {})] as const,
    );
    return Object.fromEntries(entries);
  }
  if (isObject(additionalProperties)) return { KEY: exampleOf(additionalProperties) };
  if (type === 'integer' || type === 'number') return Number(form['minimum'] ?? 1);
  return type === 'boolean' ? true : wordFor(typeof form['pattern'] === 'string' ? form['pattern'] : '');
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

/** A text that the pattern takes. */
function wordFor(pattern: string): string {
  const words = ['my-app', '/healthz', '80:5000', 'us-central1', 'my_app', 'MY_APP', '1'];
  return words.find((word) => new RegExp(pattern).test(word)) ?? 'text';
}
