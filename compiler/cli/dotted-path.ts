import { problem } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import { isObject, type Path } from '../base/json.ts';
import { didYouMean } from '../spec/suggest.ts';

/** `ports[0].target` and `ports.0.target` both mean the same three steps. */
export function splitPath(text: string): readonly string[] {
  return text.match(/[^.[\]"']+/g) ?? [];
}

/** The member of a value that a path means. Throws a Refusal that names what could have been meant. */
export function memberAt(value: unknown, path: string): unknown {
  return splitPath(path).reduce((at, part) => {
    const keys = Array.isArray(at) ? Object.keys(at) : isObject(at) ? Object.keys(at) : [];
    if (!keys.includes(part)) throw new Refusal(noSuchKey(path, part, keys));
    return (at as Record<string, unknown>)[part];
  }, value);
}

/** The path as its steps: an item of a list is a number. */
export function pathTo(value: unknown, path: string): Path {
  const parts = splitPath(path);
  return parts.map((part, index) =>
    Array.isArray(memberAt(value, parts.slice(0, index).join('.'))) ? Number(part) : part,
  );
}

/** Says which part of a path leads nowhere, and which key was likely meant. */
export function noSuchKey(path: string, part: string, keys: readonly string[]): ReturnType<typeof problem> {
  const meant = didYouMean(part, keys);
  const fix = meant ? `Did you mean \`${meant}\`?` : `There are: ${keys.join(', ')}.`;
  return problem('HELLO1010', `\`${path}\` leads nowhere: there is no \`${part}\``, keys.length > 0 ? { fix } : {});
}
