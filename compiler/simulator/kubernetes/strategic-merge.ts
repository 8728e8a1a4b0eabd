import { isObject } from '../../base/json.ts';
import { same, without, type Draft } from './json-object.ts';
import { memberShape, type ListShape, type Shape } from './schema.ts';

const orderOf = '$setElementOrder/';
const deleteFrom = '$deleteFromPrimitiveList/';

/**
 * A strategic merge patch: like a merge patch, but lists with a merge key merge item by item. Knows the directives
 * `$patch`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…` and `$retainKeys`.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
export function strategicMerge(shape: Shape, target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  if (patch['$patch'] === 'replace') return without(patch, '$patch');
  if (patch['$patch'] === 'delete') return {};
  const result: Draft = isObject(target) ? { ...target } : {};
  const retained = patch['$retainKeys'];
  if (Array.isArray(retained))
    for (const name of Object.keys(result)) if (!retained.includes(name)) delete result[name];
  for (const [name, value] of Object.entries(patch)) {
    if (name === '$patch' || name === '$retainKeys' || name.startsWith(orderOf)) continue;
    if (name.startsWith(deleteFrom)) {
      const field = name.slice(deleteFrom.length);
      const gone = Array.isArray(value) ? value : [];
      const items = result[field];
      if (Array.isArray(items)) result[field] = items.filter((item) => !gone.some((each) => same(each, item)));
    } else if (value === null) delete result[name];
    else result[name] = mergeMember(memberShape(shape, name), result[name], value);
  }
  for (const [name, order] of Object.entries(patch)) {
    if (name.startsWith(orderOf) && Array.isArray(order)) reorder(shape, result, name.slice(orderOf.length), order);
  }
  return result;
}

function mergeMember(shape: Shape | undefined, target: unknown, patch: unknown): unknown {
  if (shape?.is === 'list' && Array.isArray(patch)) return mergeList(shape, Array.isArray(target) ? target : [], patch);
  return isObject(patch) && shape ? strategicMerge(shape, target, patch) : patch;
}

function mergeList(list: ListShape, target: readonly unknown[], patch: readonly unknown[]): unknown[] {
  if (list.kind === 'set') return [...target, ...patch.filter((item) => !target.some((each) => same(each, item)))];
  const key = list.patchKey;
  if (key === undefined) return [...patch];
  if (patch.some((item) => isObject(item) && item['$patch'] === 'replace')) {
    return patch.filter((item) => !(isObject(item) && item['$patch'] === 'replace'));
  }
  const result = [...target];
  for (const item of patch) {
    if (!isObject(item)) continue;
    const index = result.findIndex((each) => isObject(each) && each[key] === item[key]);
    if (item['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) result[index] = strategicMerge(list.of, result[index], item);
    else result.push(strategicMerge(list.of, {}, item));
  }
  return result;
}

/** Puts the named items in the given order; the others keep their places relative to those before them. */
function reorder(shape: Shape, owner: Draft, field: string, order: readonly unknown[]): void {
  const list = memberShape(shape, field);
  const items = owner[field];
  if (list?.is !== 'list' || !Array.isArray(items)) return;
  const key = list.patchKey;
  const id = (item: unknown): string => JSON.stringify(key !== undefined && isObject(item) ? item[key] : item);
  const wanted = order.map(id);
  const inOrder = items
    .filter((item) => wanted.includes(id(item)))
    .toSorted((a, b) => wanted.indexOf(id(a)) - wanted.indexOf(id(b)));
  let next = 0;
  owner[field] = items.map((item: unknown) => {
    if (!wanted.includes(id(item))) return item;
    next += 1;
    return inOrder[next - 1] as unknown;
  });
}
