import { existsSync, readFileSync } from 'node:fs';

/** What the fields of a model mean, by name; the model's own meaning is under the empty name. */
export type Descriptions = ReadonlyMap<string, string>;

const known = new Map<string, Descriptions>();
/** The API's own documentation comes along with the official client, in its declarations. */
const models = (): URL => new URL('./gen/models/', import.meta.resolve('@kubernetes/client-node'));
const documented = /\/\*\*\n((?: *\*(?!\/).*\n)+) *\*\/\n *(?:(export declare class)|'([^']+)'\??:)/g;

/** Read when first asked for: only clients that explain fields need it. */
export function descriptionsOf(model: string): Descriptions {
  const found = known.get(model);
  if (found) return found;
  const file = new URL(`${model}.d.ts`, models());
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const made = new Map(
    [...text.matchAll(documented)].map(([, comment = '', isClass, field = '']) => [
      isClass ? '' : field.replace(/^_/, ''),
      comment
        .replace(/^ *\* ?/gm, '')
        .trim()
        .replaceAll(String.raw`\"`, '"'),
    ]),
  );
  known.set(model, made);
  return made;
}
