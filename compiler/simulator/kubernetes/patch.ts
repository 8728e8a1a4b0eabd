import { applyPatch, type Operation } from 'rfc6902';
import { isObject } from '../../base/json.ts';
import type { Draft } from './json-object.ts';
import { ApiError } from './status-error.ts';

/** RFC 7386: null removes, objects merge, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Draft = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}

/** RFC 6902. A failed test or a missing path is 422, as the server has it. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw new ApiError(400, 'BadRequest', 'json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  }
  const result = structuredClone(target);
  const failed = applyPatch(result, patch as Operation[]).find((each) => each !== null);
  if (failed) {
    const message = 'the server rejected our request due to an error in our request';
    throw new ApiError(422, 'Invalid', message, {});
  }
  return result;
}
