import { formatPath, isObject, type Path } from '../../../base/json.ts';
import { parseQuantity } from '../quantity.ts';
import { allowedValues } from './allowed-values.ts';
import schema from './schema.json' with { type: 'json' };

type Model = Readonly<Record<string, string>>;
const models: Readonly<Record<string, Model>> = schema;

/** The model of a type of the API: `apps/v1 Deployment` is V1Deployment. */
export function modelOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  const version = apiVersion.split('/').at(-1) ?? '';
  return `${version.charAt(0).toUpperCase()}${version.slice(1)}${kind}`;
}

/**
 * What the API server would find wrong with a manifest by its schema: unknown fields, wrong types, missing fields, values
 * that are not allowed; a line each. For when no server can be asked yet. Nothing is said of types that are not built in.
 */
export function checkManifest(manifest: { readonly apiVersion: string; readonly kind: string }): string[] {
  const model = modelOf(manifest);
  return Object.hasOwn(models, model) ? inModel(model, manifest, []) : [];
}

function inModel(name: string, value: unknown, path: Path): string[] {
  if (!isObject(value)) return [wrong(path, 'must be an object')];
  const fields = models[name] ?? {};
  const unknown = Object.keys(value).filter((key) => value[key] !== undefined && !Object.hasOwn(fields, key));
  const found = Object.entries(fields).flatMap(([field, type]) => {
    const [inner, place] = [value[field], [...path, field]];
    if (inner === undefined) return type.endsWith('!') ? [wrong(place, 'is missing')] : [];
    return [...inType(type.replace(/!$/, ''), inner, place), ...inList(name, field, inner, place)];
  });
  return [...unknown.map((key) => wrong([...path, key], 'is not a field of the API')), ...found];
}

function inList(model: string, field: string, value: unknown, path: Path): string[] {
  const allowed = allowedValues[model]?.[field];
  const given = Array.isArray(value) ? value : [value];
  if (!allowed || given.every((each) => typeof each === 'string' && allowed.includes(each))) return [];
  return [wrong(path, `must be one of ${allowed.join(', ')}`)];
}

const scalars: Readonly<Record<string, readonly [what: string, is: (value: unknown) => boolean]>> = {
  string: ['a string', (value) => typeof value === 'string'],
  bytes: ['a string in base64', (value) => typeof value === 'string'],
  time: ['a time', (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value))],
  microtime: ['a time', (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value))],
  boolean: ['true or false', (value) => typeof value === 'boolean'],
  integer: ['a whole number', Number.isInteger],
  number: ['a number', (value) => typeof value === 'number'],
  intOrString: ['a whole number or a string', (value) => Number.isInteger(value) || typeof value === 'string'],
  any: ['anything', () => true],
};

/** Maps of amounts, and a field that is one; the models call them strings. */
const amounts = new Set(['requests', 'limits']);
const amount = 'sizeLimit';

function inType(type: string, value: unknown, path: Path): string[] {
  if (type.startsWith('[]')) {
    if (!Array.isArray(value)) return [wrong(path, 'must be a list')];
    return value.flatMap((item: unknown, index) => inType(type.slice(2), item, [...path, index]));
  }
  if (type.startsWith('{}')) {
    if (!isObject(value)) return [wrong(path, 'must be an object')];
    return Object.entries(value).flatMap(([key, item]) => inMap(type.slice(2), item, [...path, key]));
  }
  if (path.at(-1) === amount) return inAmount(value, path);
  const scalar = scalars[type];
  if (!scalar) return inModel(type, value, path);
  const [what, is] = scalar;
  return is(value) ? [] : [wrong(path, `must be ${what}`)];
}

function inMap(type: string, value: unknown, path: Path): string[] {
  return amounts.has(String(path.at(-2))) ? inAmount(value, path) : inType(type, value, path);
}

function inAmount(value: unknown, path: Path): string[] {
  return parseQuantity(value) === undefined ? [wrong(path, 'must be an amount like 250m or 1Gi')] : [];
}

function wrong(path: Path, what: string): string {
  return `${formatPath(path)} ${what}`;
}
