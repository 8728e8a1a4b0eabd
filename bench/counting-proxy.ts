/**
 * Stands before an API server, passes everything on, and counts what it was asked: what arrives, not what a client believes
 * to have sent. A process of its own, as its parent waits for programs. Told by its parent: how to reach the server.
 */
import { createServer } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';

const [server = '', caBase64 = '', token = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, ca: Buffer.from(caBase64, 'base64') });
let asked: string[] = [];

const proxy = createServer((incoming, outgoing) => {
  const { method, url, headers } = incoming;
  asked.push(`${method} ${url}`);
  const { host: _, ...rest } = headers;
  const sent = request(`${server}${url}`, {
    method,
    agent,
    headers: { ...rest, authorization: `Bearer ${token}` },
  });
  sent.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  sent.on('error', () => outgoing.destroy());
  incoming.pipe(sent);
});

process.on('message', () => {
  process.send?.({ asked });
  asked = [];
});
process.on('disconnect', () => process.exit());
proxy.listen(0, '127.0.0.1', () => process.send?.({ port: (proxy.address() as AddressInfo).port }));
