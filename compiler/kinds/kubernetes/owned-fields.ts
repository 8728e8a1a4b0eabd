import { isObject } from '../../base/json.ts';
import type { KubeObject } from '../../model/ports.ts';
import type { Manifest } from './manifest.ts';
import { fieldManager, hasKey } from './managed-fields.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What we said of a live object, with the values that it has now: applying it again changes nothing. Read off its managed
 * fields, so that what others hold, and what was defaulted, is not in it.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function ownedFields(live: KubeObject): Manifest {
  const ours = live.metadata.managedFields?.find(
    (entry) => entry.manager === fieldManager && entry.operation === 'Apply' && !entry.subresource,
  );
  const held = ownedPart(ours?.fieldsV1 ?? {}, live) as Partial<Manifest>;
  const { apiVersion, kind, metadata } = live;
  const { name, namespace } = metadata;
  const labels = { ...held.metadata?.labels };
  return { ...held, apiVersion, kind, metadata: { ...held.metadata, name, ...(namespace && { namespace }), labels } };
}

/** A leaf is owned with all that is in it; `f:` names a member, `k:` an item by its key, `v:` an item by its value. */
function ownedPart(owned: unknown, live: unknown): unknown {
  const parts = isObject(owned) ? Object.keys(owned).filter((part) => part !== '.') : [];
  if (parts.length === 0) return live;
  if (Array.isArray(live)) return live.flatMap((item) => ownedItem(owned as Fields, parts, item));
  if (!isObject(live)) return live;
  const names = parts.filter((part) => part.startsWith('f:')).map((part) => part.slice(2));
  const there = names.filter((name) => live[name] !== undefined);
  return Object.fromEntries(there.map((name) => [name, ownedPart((owned as Fields)[`f:${name}`], live[name])]));
}

function ownedItem(owned: Fields, parts: readonly string[], item: unknown): unknown[] {
  for (const part of parts) {
    const told: unknown = JSON.parse(part.slice(2));
    if (part.startsWith('v:') && told === item) return [item];
    if (part.startsWith('k:') && hasKey(item, told as Fields)) return [ownedPart(owned[part], item)];
  }
  return [];
}
