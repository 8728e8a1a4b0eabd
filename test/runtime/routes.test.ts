import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { readConfig } from '../../runtime/config.ts';
import { createServer } from '../../runtime/server.ts';

/** The app without a database, in this process. */
async function serve(t: TestContext, env: Record<string, string> = {}) {
  const lines: string[] = [];
  const config = readConfig({ PORT: '0', HOST: '127.0.0.1', POD_NAME: 'web-1', SHUTDOWN_DELAY_MS: '0', ...env });
  const server = createServer(config, (severity, message) => lines.push(`${severity} ${message}`));
  const port = await server.listen();
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${port}`, port, lines };
}

test('answers the bare greeting as text', async (t) => {
  const { url } = await serve(t);
  const response = await fetch(`${url}/greeting/1`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
  assert.equal(await response.text(), 'Hello World');
});

for (const [accept, type] of [
  ['application/json', 'application/json'],
  ['application/json;q=0.1, text/plain;q=0.9', 'text/plain; charset=utf-8'],
  ['text/plain;q=0.1, application/*', 'application/json'],
  ['*/*', 'text/plain; charset=utf-8'],
  ['image/png', 'text/plain; charset=utf-8'],
] as const) {
  test(`sends ${type} to whoever accepts ${accept}`, async (t) => {
    const { url } = await serve(t);
    const response = await fetch(`${url}/greeting/1`, { headers: { accept } });
    assert.equal(response.headers.get('content-type'), type);
    assert.equal(response.headers.get('vary'), 'accept');
    await response.body?.cancel();
  });
}

test('names the replica in JSON and in a header of every answer', async (t) => {
  const { url } = await serve(t, { GREETING: 'Moin' });
  const response = await fetch(`${url}/greeting/1`, { headers: { accept: 'application/json' } });
  assert.deepEqual(await response.json(), { id: 1, greeting: 'Moin', replica: 'web-1' });
  for (const path of ['/', '/greeting/1', '/greeting/x', '/nothing', '/healthz', '/readyz', '/metrics']) {
    const answer = await fetch(url + path);
    assert.equal(answer.headers.get('x-replica'), 'web-1', path);
    await answer.body?.cancel();
  }
});

for (const id of [
  '0',
  '-1',
  '1.0',
  '01',
  '1e0',
  'one',
  '2147483648',
  '99999999999999999999',
  '%31%20',
  '%',
  '%E0%A4%A',
  "1'--",
]) {
  test(`refuses the malformed id ${id} with 400`, async (t) => {
    const { url } = await serve(t);
    const response = await fetch(`${url}/greeting/${id}`);
    assert.equal(response.status, 400);
    assert.equal(await response.text(), 'the id of a greeting is a whole number from 1 to 2147483647\n');
  });
}

for (const path of [
  '/greeting/2',
  '/greeting/2147483647',
  '/greeting',
  '/greeting/',
  '/greeting/1/2',
  '/nothing',
  '/../etc/passwd',
]) {
  test(`answers ${path} with 404`, async (t) => {
    const { url } = await serve(t);
    const response = await fetch(url + path, { headers: { accept: 'application/json' } });
    assert.equal(response.status, 404);
    assert.partialDeepStrictEqual(await response.json(), {
      status: 404,
      requestId: response.headers.get('x-request-id'),
    });
  });
}

test('answers HEAD as GET without the body', async (t) => {
  const { url } = await serve(t);
  const response = await fetch(`${url}/greeting/1`, { method: 'HEAD' });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-length'), '11');
  assert.equal(await response.text(), '');
});

for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
  test(`refuses ${method} with 405 and says what is allowed`, async (t) => {
    const { url } = await serve(t);
    const response = await fetch(`${url}/greeting/1`, { method });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get('allow'), 'GET, HEAD');
    await response.body?.cancel();
  });
}

test('shows the greeting and the replica on a page, with everything escaped', async (t) => {
  const { url } = await serve(t, { GREETING: '<script>alert("x")</script> & \'co\'', POD_NAME: '<b>"web"</b>' });
  const response = await fetch(url);
  const page = await response.text();
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.ok(page.startsWith('<!doctype html>'));
  assert.doesNotMatch(page, /<script|<b>/);
  assert.match(page, /<h1>&lt;script&gt;alert\(&quot;x&quot;\)&lt;\/script&gt; &amp; &#x27;co&#x27;<\/h1>/);
  assert.match(page, /<strong>&lt;b&gt;&quot;web&quot;&lt;\/b&gt;<\/strong>/);
});

test('lets no script run on the page, and its own style through', async (t) => {
  const { url } = await serve(t);
  const response = await fetch(url);
  const policy = response.headers.get('content-security-policy') ?? '';
  const style = /<style>([^]*)<\/style>/.exec(await response.text())?.[1] ?? '';
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style))).toString('base64');
  assert.match(policy, /default-src 'none'/);
  assert.ok(policy.includes(`'sha256-${digest}'`));
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
});

test('counts requests by route, method and status, and never by path', async (t) => {
  const { url } = await serve(t);
  for (const path of ['/greeting/1', '/greeting/1', '/greeting/7', '/greeting/x', '/a', '/b'])
    await (await fetch(url + path)).text();
  const text = await (await fetch(`${url}/metrics`)).text();
  assert.match(text, /http_requests_total\{route="\/greeting\/:id",method="GET",status="200"\} 2/);
  assert.match(text, /http_requests_total\{route="\/greeting\/:id",method="GET",status="404"\} 1/);
  assert.match(text, /http_requests_total\{route="\/greeting\/:id",method="GET",status="400"\} 1/);
  assert.match(text, /http_requests_total\{route="none",method="GET",status="404"\} 2/);
  assert.match(text, /http_request_duration_seconds_count\{route="\/greeting\/:id",method="GET"\} 4/);
  assert.match(text, /# TYPE http_request_errors_total counter/);
  assert.match(text, /process_resident_memory_bytes/);
});

test("keeps a caller's request id, and makes one instead of a harmful one", async (t) => {
  const { url } = await serve(t);
  const kept = await fetch(`${url}/healthz`, { headers: { 'x-request-id': 'abc-1' } });
  assert.equal(kept.headers.get('x-request-id'), 'abc-1');
  const replaced = await fetch(`${url}/healthz`, { headers: { 'x-request-id': '{"x":' } });
  assert.match(replaced.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
});

test('logs requests without their query, and probes only when they fail', async (t) => {
  const { url, lines } = await serve(t);
  await (await fetch(`${url}/greeting/1?token=canary`)).text();
  await (await fetch(`${url}/healthz`)).text();
  assert.deepEqual(lines, ['INFO GET /greeting/1 200']);
});

test('survives a caller that sends garbage', async (t) => {
  const { url, port } = await serve(t);
  const socket = connect(port, '127.0.0.1');
  socket.write('\u0000\u0001 not http\r\n\r\n');
  const answer = await socket.setEncoding('latin1').take(1).toArray();
  assert.match(String(answer[0]), /^HTTP\/1.1 400 /);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
});

test('rejects listen when the port is taken', async (t) => {
  const { port } = await serve(t);
  const second = createServer(
    readConfig({ PORT: String(port), HOST: '127.0.0.1', SHUTDOWN_DELAY_MS: '0' }),
    () => undefined,
  );
  await assert.rejects(second.listen(), { code: 'EADDRINUSE' });
  await second.close();
});

test('cuts a request that outlives the grace period', async () => {
  const lines: string[] = [];
  const config = readConfig({ PORT: '0', HOST: '127.0.0.1', SHUTDOWN_DELAY_MS: '0', SHUTDOWN_GRACE_MS: '50' });
  const server = createServer(config, (_severity, message) => lines.push(message));
  const port = await server.listen();
  // Headers that never end keep the connection busy.
  const stuck = connect(port, '127.0.0.1');
  stuck.write('GET /greeting/1 HTTP/1.1\r\nHost: x\r\n');
  const cut = new Promise<void>((resolve) => {
    stuck.once('close', () => resolve()).on('error', () => undefined);
  });
  // A whole request behind it proves that the first one has reached the server.
  await new Promise((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', path: '/healthz' }, (response) => response.resume().once('end', resolve))
      .once('error', reject)
      .end();
  });
  await server.close();
  await cut;
  assert.ok(lines.includes('cutting the requests that are still in flight'));
});
