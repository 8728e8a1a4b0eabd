import { isObject } from '../../base/json.ts';
import { protobufFields } from './protobuf-fields.ts';
import { at, textAt, type Draft } from './json-object.ts';
import { badRequest, unsupportedMediaType } from './status-error.ts';

/** One field off the wire: its number, and a number or the bytes that it holds. */
type Field = readonly [number: number, value: bigint | Buffer];

/**
 * A body in Kubernetes' protobuf encoding as the JSON that it stands for: `k8s\0`, then an envelope that names the kind.
 * Only the kinds of protobuf-fields.ts are known; for others the client is asked to send JSON.
 */
export function decodeProtobuf(body: Buffer): unknown {
  if (body.subarray(0, 4).toString('latin1') !== 'k8s\0')
    throw badRequest('the body is not in the protobuf encoding of Kubernetes');
  const envelope = message('Unknown', body.subarray(4));
  const { raw } = envelope;
  const kind = textAt(envelope, 'typeMeta', 'kind');
  const apiVersion = textAt(envelope, 'typeMeta', 'apiVersion');
  const type = [`${apiVersion} ${kind}`, kind].find((each) => protobufFields[each] !== undefined);
  if (!Buffer.isBuffer(raw) || type === undefined) {
    throw unsupportedMediaType(
      `${kind} is not taken in protobuf here; send JSON, as with "create --dry-run=client -o yaml | kubectl apply -f -"`,
    );
  }
  return { apiVersion, kind, ...message(type, raw) };
}

function message(type: string, bytes: Buffer): Draft {
  const rows = new Map(
    (protobufFields[type] ?? [])
      .map((row) => row.split(':'))
      .map(([number, name = '', of = '']) => [Number(number), [name, of] as const]),
  );
  const result: Draft = {};
  for (const [number, value] of fields(bytes)) {
    const row = rows.get(number);
    if (!row) {
      if (isBlank(value)) continue; // a zero value, as the encoding has them everywhere
      throw unsupportedMediaType(`field ${number} of ${type} is not taken in protobuf here; send JSON`);
    }
    const [name, of] = row;
    if (of === 'string' && Buffer.isBuffer(value) && value.length === 0) continue;
    if (name === '') Object.assign(result, single(of, value));
    else if (of.startsWith('[]')) result[name] = [...items(result[name]), single(of.slice(2), value)];
    else if (of.startsWith('{}')) {
      const entry = entryOf(of.slice(2), value);
      result[name] = { ...(isObject(result[name]) ? result[name] : {}), ...entry };
    } else result[name] = single(of, value);
  }
  return result;
}

/** Zero, empty, or a message of nothing but such. */
function isBlank(value: bigint | Buffer): boolean {
  if (typeof value === 'bigint') return value === 0n;
  try {
    return fields(value).every(([, inner]) => isBlank(inner));
  } catch {
    return false;
  }
}

const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A map's entry is a message of its own: the key is 1, the value 2. */
function entryOf(of: string, value: bigint | Buffer): Draft {
  const parts = new Map(Buffer.isBuffer(value) ? fields(value) : []);
  const key = parts.get(1);
  return { [Buffer.isBuffer(key) ? key.toString('utf8') : '']: single(of, parts.get(2) ?? Buffer.alloc(0)) };
}

function single(of: string, value: bigint | Buffer): unknown {
  if (typeof value === 'bigint') return of === 'bool' ? value !== 0n : Number(BigInt.asIntN(64, value));
  if (of === 'string') return value.toString('utf8');
  if (of === 'bytes') return value.toString('base64');
  if (of === 'raw') return value;
  const inner = message(of, value);
  if (of === 'Quantity') return textAt(inner, 'string');
  if (of !== 'IntOrString') return inner;
  return at(inner, 'type') === 1 ? inner['strVal'] : (inner['intVal'] ?? 0);
}

/** https://protobuf.dev/programming-guides/encoding/ */
function fields(bytes: Buffer): Field[] {
  const found: Field[] = [];
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[offset];
      if (byte === undefined || shift > 63n) throw badRequest('the protobuf body is cut off');
      offset += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (offset + length > bytes.length) throw badRequest('the protobuf body is cut off');
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
  while (offset < bytes.length) {
    const tag = Number(varint());
    const kind = tag & 7;
    if (kind === 0) found.push([tag >> 3, varint()]);
    else if (kind === 2) found.push([tag >> 3, take(Number(varint()))]);
    else if (kind === 1 || kind === 5) take(kind === 1 ? 8 : 4);
    else throw badRequest(`the protobuf body has an unknown wire type, ${kind}`);
  }
  return found;
}
