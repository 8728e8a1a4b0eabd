import * as z from 'zod/mini';
import { isObject } from '../base/json.ts';
import { specSchema } from './schema.ts';

type Schema = Readonly<Record<string, unknown>>;

/** The JSON Schema of hello.config.yaml, for editors: what may be written, before defaults. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(specSchema, { io: 'input', target: 'draft-2020-12' });
  const { type: _, pattern: __, ...open } = withVariables(rest);
  const config = { type: 'object', ...open };
  const about = { title: 'hello.config.yaml', description: 'One app on Google Cloud, for hello.' };
  const stages = memberAt(rest, 'properties', 'stages');
  const overlay = overlayOf(config, stageKeys(stages));
  return { $schema, ...about, ...withStages(config, stages), $defs: { stage: overlay } };
}

const variable = String.raw`\$\{`;

/** Wherever a value may stand, a text with a variable in it may stand. */
function withVariables(schema: Schema): Schema {
  const inner = mapInner(schema, withVariables);
  if (Array.isArray(inner['anyOf'])) return inner;
  if (inner['enum'] !== undefined) {
    const { enum: values, ...rest } = inner;
    return { ...rest, anyOf: [{ enum: values }, { pattern: variable }] };
  }
  const types = [inner['type'] ?? []].flat();
  if (types.includes('string')) return types.length === 1 ? withPattern(inner) : inner;
  return types.length === 0 ? inner : { ...inner, type: [...types, 'string'], pattern: variable };
}

/** Limits of length hold for the text that is meant, not for the variable that stands for it. */
function withPattern({ minLength, maxLength, pattern, ...rest }: Schema): Schema {
  const [least, most] = [minLength, maxLength].map((limit) => (typeof limit === 'number' ? String(limit) : ''));
  const lengths = least === '' && most === '' ? '' : `^(?=.{${least || '0'},${most}}$)`;
  const own = typeof pattern === 'string' ? `(?:${pattern})` : '';
  return lengths + own === '' ? rest : { ...rest, pattern: `${lengths}${own}|${variable}` };
}

/** What may stand in a stage: every key, none of them needed, and null to remove one. */
function overlayOf(schema: Schema, extra: Schema): Schema {
  const { required: _, default: __, properties, additionalProperties, ...rest } = schema;
  return {
    ...rest,
    ...(isObject(properties) && {
      properties: {
        ...Object.fromEntries(
          Object.entries(properties).flatMap(([key, each]) =>
            key === 'stages' || !isObject(each) ? [] : [[key, orNull(overlayOf(each, {}))]],
          ),
        ),
        ...extra,
      },
    }),
    ...(additionalProperties !== undefined && {
      additionalProperties: isObject(additionalProperties)
        ? orNull(overlayOf(additionalProperties, {}))
        : additionalProperties,
    }),
  };
}

function orNull(schema: Schema): Schema {
  const { type, anyOf } = schema;
  if (type === undefined && Array.isArray(anyOf))
    return { ...schema, anyOf: [...(anyOf as unknown[]), { type: 'null' }] };
  if (type === undefined) return schema;
  const types = [...(Array.isArray(type) ? (type as unknown[]) : [type]), 'null'];
  if (!Array.isArray(anyOf)) return { ...schema, type: types };
  return { ...schema, type: types, anyOf: [...(anyOf as unknown[]), { type: 'null' }] };
}

/** The keys of a stage that the config itself has not. */
function stageKeys(stages: Schema): Schema {
  const { anyOf } = memberAt(stages, 'additionalProperties');
  const [overlay] = Array.isArray(anyOf) ? (anyOf as unknown[]) : [];
  return isObject(overlay) && isObject(overlay['properties']) ? overlay['properties'] : {};
}

/** Stages are read before variables are looked up, so that none may stand for them. */
function withStages(config: Schema, stages: Schema): Schema {
  const additionalProperties = { anyOf: [{ $ref: '#/$defs/stage' }, { type: 'null' }] };
  const properties = { ...memberAt(config, 'properties'), stages: { ...stages, additionalProperties } };
  return { ...config, properties };
}

function memberAt(schema: Schema, ...path: readonly string[]): Schema {
  return path.reduce<Schema>((at, key) => (isObject(at[key]) ? at[key] : {}), schema);
}

/** Applies a change to every schema inside of one. */
function mapInner(schema: Schema, change: (inner: Schema) => Schema): Schema {
  const each = (value: unknown): unknown => (isObject(value) ? change(value) : value);
  const mapped: Record<string, unknown> = { ...schema };
  for (const key of ['items', 'additionalProperties']) {
    if (key in mapped) mapped[key] = each(mapped[key]);
  }
  for (const key of ['anyOf', 'oneOf', 'allOf', 'prefixItems']) {
    const list = mapped[key];
    if (Array.isArray(list)) mapped[key] = list.map(each);
  }
  const { properties } = schema;
  if (isObject(properties)) {
    mapped['properties'] = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, each(value)]));
  }
  return mapped;
}
