import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A node of the JSON form of protobuf descriptors. */
interface Node {
  readonly nested?: Readonly<Record<string, Node>>;
  readonly values?: Readonly<Record<string, number>>;
}

export interface ProtoEnum {
  /** `google.container.v1.ReleaseChannel.Channel` */
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
}

/** The enums that an npm package's protobuf descriptors define inside one protobuf package. */
export function protoEnums(npmPackage: string, protoPackage: string): readonly ProtoEnum[] {
  const entry = createRequire(import.meta.url).resolve(npmPackage);
  const file = join(entry.slice(0, entry.lastIndexOf(npmPackage)), npmPackage, 'build/protos/protos.json');
  let node = JSON.parse(readFileSync(file, 'utf8')) as Node;
  for (const part of protoPackage.split('.')) node = node.nested?.[part] ?? {};
  return [...enumsIn(node, protoPackage)];
}

function* enumsIn(node: Node, name: string): Generator<ProtoEnum> {
  if (node.values) yield { name, values: node.values };
  for (const [child, inner] of Object.entries(node.nested ?? {})) yield* enumsIn(inner, `${name}.${child}`);
}

/**
 * The enum of a field, told by its values, as discovery names neither. Several can fit (`ENABLED`, `DISABLED`): then the
 * one declared in the message itself, or called as the field is; else the one with the fewest values of its own.
 */
export function enumOf(
  enums: readonly ProtoEnum[],
  schema: string,
  property: string,
  names: readonly string[],
): ProtoEnum | undefined {
  const fits = enums.filter((each) => names.every((name) => name in each.values));
  const score = (each: ProtoEnum): number => {
    const parts = each.name.split('.');
    const own = parts.at(-2) === schema ? 0 : 4;
    const called = parts.at(-1)?.toLowerCase() === property.toLowerCase() ? 0 : 2;
    return own + called + (Object.keys(each.values).length === names.length ? 0 : 1);
  };
  return fits.toSorted((a, b) => score(a) - score(b) || (a.name < b.name ? -1 : 1))[0];
}
