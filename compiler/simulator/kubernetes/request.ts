import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse as parseYaml } from 'yaml';
import type { Answer } from '../faults.ts';
import type { Catalogue } from './catalogue.ts';
import type { Resource } from './resources.ts';
import { badRequest, fieldUnsupported, invalid, methodNotAllowed, unknownResource } from './status-error.ts';
import { decodeProtobuf } from './protobuf.ts';
import type { WriteOptions } from './write-options.ts';

/** What the path of a resource request says. */
export interface Target {
  /** In the version that its objects are kept in. */
  readonly resource: Resource;
  /** The version that was asked for, where it is another. */
  readonly shownAs?: Resource;
  /** '' for cluster-wide resources and for requests over all namespaces. */
  readonly namespace: string;
  /** '' for the collection. */
  readonly name: string;
  readonly subresource: string;
}

/** One request on its way through the server. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly url: URL;
  readonly query: URLSearchParams;
  readonly warnings: string[];
  /** What the client gets in place of the answer, which is lost on the way. */
  readonly lost?: Answer;
}

/** Which resource a path means; undefined when no such API group is served at all. */
export function targetOf(catalogue: Catalogue, path: string): Target | undefined {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const [root, ...rest] = parts;
  const apiVersion = root === 'api' ? rest[0] : `${rest[0]}/${rest[1]}`;
  const tail = root === 'api' ? rest.slice(1) : rest.slice(2);
  if ((root !== 'api' && root !== 'apis') || apiVersion === undefined || tail.length === 0) return undefined;
  const isNamespaced = tail[0] === 'namespaces' && tail.length > 2 && !['status', 'finalize'].includes(tail[2] ?? '');
  const namespace = isNamespaced ? (tail[1] ?? '') : '';
  const [plural = '', name = '', subresource = '', ...more] = isNamespaced ? tail.slice(2) : tail;
  if (!catalogue.serves(apiVersion)) return undefined;
  const resource = catalogue.find(apiVersion, plural);
  if (!resource || more.length > 0) throw unknownResource();
  if (isNamespaced && !resource.namespaced) throw unknownResource();
  const { storedIn } = resource;
  const stored = storedIn === undefined ? resource : catalogue.find(storedIn, plural);
  if (!stored) throw unknownResource();
  return { resource: stored, namespace, name, subresource, ...(stored === resource ? {} : { shownAs: resource }) };
}

/** The body's bytes; bounded, as the server's limit is 3 MiB. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const piece = chunk as Buffer;
    size += piece.length;
    if (size > bodyMax) throw badRequest('limit is 3145728');
    chunks.push(piece);
  }
  return Buffer.concat(chunks);
}

const bodyMax = 3 * 1024 * 1024;

/** The content type without its parameters. */
export function contentType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

/** A body in JSON, YAML, or the protobuf of the commands that insist on it. */
export function parseBody(type: string, body: Buffer): unknown {
  if (type === 'application/vnd.kubernetes.protobuf') return decodeProtobuf(body);
  const text = body.toString('utf8');
  const yaml = type.includes('yaml');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!yaml) throw badRequest(`couldn't get version/kind; json parse error: ${messageOf(error)}`);
  }
  try {
    return parseYaml(text) as unknown;
  } catch (error) {
    throw badRequest(`error decoding YAML: ${messageOf(error)}`);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const validations = ['Ignore', 'Warn', 'Strict'] as const;

/** How to write, from query and headers. */
export function writeOptions(call: Call, kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions'): WriteOptions {
  const validation = call.query.get('fieldValidation') ?? 'Warn';
  const fieldValidation = validations.find((each) => each === validation);
  if (!fieldValidation) {
    throw invalid('meta.k8s.io', kind, '', [fieldUnsupported('fieldValidation', validation, validations)]);
  }
  const agent = call.request.headers['user-agent'] ?? '';
  return {
    manager: call.query.get('fieldManager') ?? (agent.split('/')[0] || 'unknown'),
    dryRun: isDryRun(call.query.getAll('dryRun'), kind),
    fieldValidation,
    warn: (text) => call.warnings.push(text),
  };
}

export function isDryRun(values: readonly string[], kind: string): boolean {
  const wrong = values.find((value) => value !== 'All' && value !== '');
  if (wrong !== undefined) throw invalid('meta.k8s.io', kind, '', [fieldUnsupported('dryRun', [wrong], ['All'])]);
  return values.includes('All');
}

/** Refuses a verb that the resource doesn't have. */
export function checkVerb(resource: Resource, verb: string): void {
  if (!resource.verbs.includes(verb)) throw methodNotAllowed();
}
