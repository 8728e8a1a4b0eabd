import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { misfits } from '../../../compiler/simulator/google/check-answer.ts';
import { readBody, readQuery } from '../../../compiler/simulator/google/read-request.ts';
import { type Match, matchRoutes } from '../../../compiler/simulator/google/routes.ts';

/** Traffic between others' tools and the real Google Cloud, kept beside the checkout where it is kept at all. */
const recorded = new URL('../../../../shared/recorded-traffic/exchanges.jsonl.gz', import.meta.url);

interface Exchange {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly req: unknown;
  readonly status: number;
  readonly res: unknown;
}

const served = [
  'container',
  'sqladmin',
  'iam',
  'cloudresourcemanager',
  'serviceusage',
  'servicenetworking',
  'compute',
].map((api) => `${api}.googleapis.com`);

test('accepts every recorded request to what it serves, and every recorded answer fits the definitions', (t) => {
  if (!existsSync(recorded)) {
    t.skip('no recorded traffic lies beside the checkout');
    return;
  }
  const exchanges = gunzipSync(readFileSync(recorded))
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Exchange);
  const wrong: string[] = [];
  let matched = 0;
  for (const exchange of exchanges) {
    if (!served.includes(exchange.host)) continue;
    const match = find(exchange);
    if (!match) continue;
    matched += 1;
    wrong.push(...disagreements(match, exchange));
  }
  t.diagnostic(`${matched} recorded exchanges matched, ${wrong.length} disagreements`);
  assert.ok(matched > 1500, `only ${matched} matched`);
  assert.deepEqual(wrong, []);
});

/** The method in the version that is served; a beta's own fields are no disagreement with v1. */
function find({ host, method, path }: Exchange): Match | undefined {
  const stable =
    host.startsWith('container') || host.startsWith('serviceusage') ? path.replace('/v1beta1/', '/v1/') : path;
  return matchRoutes(method, host, stable).find((each) => each.method.query);
}

function disagreements({ method, params }: Match, exchange: Exchange): readonly string[] {
  const beta = exchange.path.includes('beta1/');
  const found: string[] = [];
  try {
    readQuery(method, new URLSearchParams(exchange.query));
    if (exchange.status < 400) readBody(method, params, exchange.req ?? undefined);
  } catch (error) {
    found.push(...(error as Error).message.split('\n'));
  }
  if (exchange.status < 300) found.push(...misfits(method, exchange.res));
  const numbers = exchange.query.includes('enum-encoding%3Dint') || exchange.query.includes('enum-encoding=int');
  const excused = [placeholder, renamed, ...(beta ? [betaOnly] : []), ...(numbers ? [enumNumber] : [])];
  const unexcused = found.filter((each) => !excused.some((pattern) => pattern.test(each)));
  return unexcused.map((each) => `${method.id}: ${each}`);
}

/** Recordings have ids, times and etags replaced by words that no service would say. */
const placeholder = /\$\{|abcdef0123A=|1234567890abcdefghijklmn|is not bytes|is not time/;
const betaOnly = /Cannot find field|is not a field/;
/** Asked for by the client; our own checker sees answers before they are encoded. */
const enumNumber = /is not one of \S+: \d+$/;
/** A value that the API has renamed since. */
const renamed = /"OS_2022"/;
