import { constants, createDeflate, createInflate } from 'node:zlib';

/**
 * Headers of SPDY/3.1, compressed with a dictionary that both sides know, in one context for each direction.
 * https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/ (2.6.10.1)
 */
export interface HeaderCodec {
  /** In the order of the frames: each builds on those before it. */
  decode(block: Buffer): Promise<Readonly<Record<string, string>>>;
  encode(headers: Readonly<Record<string, string>>): Promise<Buffer>;
}

const words =
  'options,head,post,put,delete,trace,accept,accept-charset,accept-encoding,accept-language,accept-ranges,age,allow,authorization,cache-control,connection,content-base,content-encoding,content-language,content-length,content-location,content-md5,content-range,content-type,date,etag,expect,expires,from,host,if-match,if-modified-since,if-none-match,if-range,if-unmodified-since,last-modified,location,max-forwards,pragma,proxy-authenticate,proxy-authorization,range,referer,retry-after,server,te,trailer,transfer-encoding,upgrade,user-agent,vary,via,warning,www-authenticate,method,get,status,200 OK,version,HTTP/1.1,url,public,set-cookie,keep-alive,origin';
const rest =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.';

function counted(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

const dictionary = Buffer.concat([...words.split(',').map(counted), Buffer.from(rest)]);

export function headerCodec(): HeaderCodec {
  const inflate = createInflate({ dictionary });
  const deflate = createDeflate({ dictionary, flush: constants.Z_SYNC_FLUSH });
  return {
    async decode(block) {
      const bytes = await through(inflate, block);
      const headers: Record<string, string> = {};
      let offset = 4;
      const text = (): string => {
        const end = offset + 4 + bytes.readUInt32BE(offset);
        const found = bytes.toString('utf8', offset + 4, end);
        offset = end;
        return found;
      };
      for (let left = bytes.readUInt32BE(0); left > 0; left -= 1) headers[text()] = text();
      return headers;
    },
    async encode(headers) {
      const entries = Object.entries(headers);
      const count = Buffer.alloc(4);
      count.writeUInt32BE(entries.length);
      return through(deflate, Buffer.concat([count, ...entries.flat().map(counted)]));
    },
  };
}

/** What comes out of a stream for one piece that goes in. */
async function through(stream: NodeJS.ReadWriteStream, bytes: Buffer): Promise<Buffer> {
  await new Promise<void>((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
  const pieces: Buffer[] = [];
  for (let piece = stream.read(); piece !== null; piece = stream.read()) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}
