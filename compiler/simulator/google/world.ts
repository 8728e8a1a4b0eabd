import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Clusters, SqlServers } from '../parts.ts';
import type { Store } from '../store.ts';
import type { Method } from './definitions.ts';
import type { Effects, Operations } from './operations.ts';
import type { Body } from './read-request.ts';

export interface Project {
  readonly id: string;
  /** Twelve digits. */
  readonly number: string;
  readonly createTime: string;
}

/** What every service of the local cloud stands on. */
export interface World {
  readonly store: Store;
  readonly clock: Clock;
  readonly operations: Operations;
  readonly clusters: Clusters;
  readonly sqlServers: SqlServers;
  /** By id or number. */
  project(idOrNumber: string): Project | undefined;
  projects(): readonly Project[];
}

/** One request, checked against the definitions, of a project that exists and has the API enabled. */
export interface Call {
  readonly method: Method;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Body;
  /** Throws what the service answers when the request names no project that the caller can see. */
  project(): Project;
}

export type Handlers = Readonly<Record<string, (call: Call) => unknown>>;

/** One API's behaviour: an answer for each served method, and what its operations do. */
export interface Service {
  readonly handlers: Handlers;
  readonly effects: Effects;
}

/** Who calls, in operations and policies: the local cloud has one user. */
export const caller = 'owner@example.com';

/** Digits that stand for a name, always the same: project numbers and unique ids. */
export function digits(name: string, length: number): string {
  const hex = createHash('sha256').update(name).digest('hex').slice(0, 32);
  return `1${(BigInt(`0x${hex}`) % 10n ** BigInt(length - 1)).toString().padStart(length - 1, '0')}`;
}

/** Eight bytes that change with the value, as valid padded base64: an etag or a fingerprint. */
export function fingerprint(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value ?? null))
    .digest()
    .subarray(0, 8)
    .toString('base64');
}

/** Whether two bytes fields hold the same bytes: clients send base64url for base64, with or without padding. */
export function sameBytes(a: string, b: string): boolean {
  return Buffer.from(a, 'base64').equals(Buffer.from(b, 'base64'));
}

/** A member that should be text, or the fallback when it isn't. */
export function text(value: unknown, fallback = ''): string {
  return typeof value === 'string' ? value : fallback;
}

/** The last segment of a name or link. */
export function lastSegment(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** A single-valued query parameter. */
export function queryText(call: Call, name: string): string | undefined {
  const value = call.query[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** A slice of a list by `pageSize`/`maxResults` and `pageToken`, with the token of the next one. */
export function page<T>(
  call: Call,
  items: readonly T[],
  sizeName = 'pageSize',
): { readonly items: readonly T[]; readonly next: { readonly nextPageToken?: string } } {
  const asked = Number(queryText(call, sizeName) ?? 0);
  const size = asked > 0 ? asked : Infinity;
  const from = Number(Buffer.from(queryText(call, 'pageToken') ?? '', 'base64').toString() || 0);
  const end = from + size;
  const nextPageToken = Buffer.from(String(end)).toString('base64');
  return { items: items.slice(from, end), next: end < items.length ? { nextPageToken } : {} };
}
