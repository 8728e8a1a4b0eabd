import { Duplex } from 'node:stream';
import { headerCodec, type HeaderCodec } from './spdy-headers.ts';

/** One stream that the client opened; what it writes is read from it. */
export interface SpdyStream extends Duplex {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

const kinds = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7, headers: 8 } as const;
const finished = 1;

/**
 * Speaks SPDY/3.1 as a server, over any connection, as far as kubectl does: streams, no flow control. Hands out each
 * stream that the client opens; settles when the connection is over.
 */
export async function serveSpdy(socket: Duplex, onStream: (stream: SpdyStream) => void): Promise<void> {
  const codec = headerCodec();
  const streams = new Map<number, SpdyStream>();
  try {
    for await (const { control, kind, flags, payload } of framesOf(socket)) {
      if (!control) feed(streams.get(kind), flags, payload);
      else if (kind === kinds.synStream) {
        const id = payload.readUInt32BE(0);
        const stream = openStream(socket, id, await codec.decode(payload.subarray(10)));
        streams.set(id, stream);
        await reply(socket, codec, id);
        if ((flags & finished) !== 0) stream.push(null);
        onStream(stream);
      } else if (kind === kinds.headers) await codec.decode(payload.subarray(4));
      else if (kind === kinds.ping) socket.write(frame(kinds.ping, payload));
      else if (kind === kinds.rstStream) streams.get(payload.readUInt32BE(0))?.destroy();
      else if (kind === kinds.goAway) break;
    }
  } catch {
    // A connection that breaks, or speaks another tongue, is over.
  }
  for (const stream of streams.values()) stream.destroy();
  socket.destroy();
}

function feed(stream: SpdyStream | undefined, flags: number, payload: Buffer): void {
  if (!stream || stream.destroyed) return;
  if (payload.length > 0) stream.push(payload);
  if ((flags & finished) !== 0) stream.push(null);
}

async function reply(socket: Duplex, codec: HeaderCodec, id: number): Promise<void> {
  socket.write(frame(kinds.synReply, Buffer.concat([numbered(id), await codec.encode({})])));
}

function openStream(socket: Duplex, id: number, headers: Readonly<Record<string, string>>): SpdyStream {
  const send = (flags: number, bytes: Buffer, done: () => void): void => {
    if (socket.writable) socket.write(Buffer.concat([numbered(id), lengthOf(flags, bytes), bytes]), () => done());
    else done();
  };
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => send(0, chunk, done),
    final: (done) => send(finished, Buffer.alloc(0), done),
  });
  stream.on('error', () => undefined);
  return Object.assign(stream, { headers });
}

interface Frame {
  readonly control: boolean;
  /** Of a control frame its type, of data the number of its stream. */
  readonly kind: number;
  readonly flags: number;
  readonly payload: Buffer;
}

async function* framesOf(socket: Duplex): AsyncGenerator<Frame> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    while (bytes.length >= 8) {
      const length = bytes.readUIntBE(5, 3);
      if (bytes.length < 8 + length) break;
      const control = (bytes.readUInt8(0) & 0x80) !== 0;
      const kind = control ? bytes.readUInt16BE(2) : bytes.readUInt32BE(0);
      yield { control, kind, flags: bytes.readUInt8(4), payload: bytes.subarray(8, 8 + length) };
      bytes = bytes.subarray(8 + length);
    }
  }
}

function frame(kind: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x80, 3, 0, kind), lengthOf(0, payload), payload]);
}

function numbered(id: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return bytes;
}

function lengthOf(flags: number, { length }: Buffer): Buffer {
  return Buffer.of(flags, length >> 16, (length >> 8) & 0xff, length & 0xff);
}
