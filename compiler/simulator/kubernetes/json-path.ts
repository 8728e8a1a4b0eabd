import { isObject } from '../../base/json.ts';

const step = /\.([A-Za-z_][\w-]*)|\['([^']*)'\]|\[(\d+|\*)\]|\[\?\(@\.([\w.]+)\s*==\s*(?:"([^"]*)"|'([^']*)')\)\]/gy;

/**
 * The values at a JSONPath of a printer column: members (with `\.` inside a name), indices, `[*]` and `[?(@.a=="b")]`.
 * https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */
export function valuesAt(value: unknown, path: string): readonly unknown[] {
  const text = path.replaceAll(String.raw`\.`, '\u0000');
  let here: readonly unknown[] = [value];
  step.lastIndex = 0;
  for (let match = step.exec(text); match; match = step.exec(text)) {
    const [, member, quoted, index, filter, double, single] = match;
    const name = (member ?? quoted)?.replaceAll('\u0000', '.');
    here = here.flatMap((each) => {
      if (name !== undefined) return isObject(each) && each[name] !== undefined ? [each[name]] : [];
      const items: readonly unknown[] = Array.isArray(each) ? each : [];
      if (index !== undefined) return index === '*' ? items : items.slice(Number(index), Number(index) + 1);
      return items.filter((item) => valuesAt(item, `.${filter}`)[0] === (double ?? single));
    });
  }
  return here;
}
