import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { scaledClock } from '../../../compiler/simulator/clock.ts';
import { cronSchedule, isTimeZone } from '../../../compiler/simulator/kubernetes/cron-schedule.ts';
import { startCluster, until, type Json, type TestCluster } from './cluster.ts';
import { condition, cronJob, cronJobs, startWorker, type Outcome } from './job-objects.ts';

interface Timed {
  readonly cluster: TestCluster;
  /** As if so many minutes had gone by. */
  pass(minutes: number): void;
  jobs(): Json[];
  cron(): Json;
  reasons(): string[];
}

/** A cluster in which minutes go by at once, with a cron job `tick` for each of them. */
async function timed(t: TestContext, spec: object, outcome: () => Outcome): Promise<Timed> {
  // Ten seconds into a minute: none ends by itself while a test runs.
  let ahead = 70_000 - (Date.now() % 60_000);
  const cluster = await startCluster(t, undefined, { ...scaledClock(100), now: () => Date.now() + ahead });
  startWorker(t, cluster.objects, outcome);
  const answer = await cluster.apply(`${cronJobs}/tick`, cronJob('tick', { schedule: '* * * * *', ...spec }));
  assert.equal(answer.code, 201, answer.text);
  return {
    cluster,
    pass(minutes) {
      ahead += minutes * 60_000;
      const annotations = { ahead: String(ahead) };
      cluster.objects.patch('cronjobs', 'tick', 'default', { metadata: { annotations } }, 'test');
    },
    jobs: () => cluster.objects.list('jobs', 'default') as Json[],
    cron: () => cluster.objects.get('cronjobs', 'tick', 'default'),
    reasons: () => cluster.objects.list('events', 'default').map((event) => String(event['reason'])),
  };
}

test('a cron job makes one job for the minutes that went by, and keeps as many ended ones as it should', async (t) => {
  const { pass, jobs, cron, reasons } = await timed(t, { successfulJobsHistoryLimit: 2 }, () => 'Succeeded');
  assert.deepEqual(jobs(), []);
  const names = new Set<string>();
  for (let count = 1; count <= 4; count += 1) {
    pass(2);
    const made = await until('its job is there', () => jobs().find((each) => !names.has(each.metadata.name)));
    names.add(made.metadata.name);
    assert.equal(made.metadata.ownerReferences[0].uid, cron().metadata.uid);
    await until('it is complete', () => {
      const live = jobs().find((each) => each.metadata.name === made.metadata.name);
      return condition(live, 'Complete');
    });
  }
  await until('the oldest are gone', () => jobs().length === 2);
  assert.deepEqual(new Set(jobs().map((each) => each.metadata.name)), new Set([...names].slice(-2)));
  await until('nothing is active', () => cron().status.active === undefined);
  assert.ok(cron().status.lastSuccessfulTime);
  for (const reason of ['SuccessfulCreate', 'SawCompletedJob', 'SuccessfulDelete'])
    assert.ok(reasons().includes(reason), reason);
});

test('with Forbid, no second job is made while the first runs', async (t) => {
  const state: { outcome: Outcome } = { outcome: 'Running' };
  const { pass, jobs, cron, reasons, cluster } = await timed(t, { concurrencyPolicy: 'Forbid' }, () => state.outcome);
  pass(1);
  await until('the first runs', () => jobs()[0]?.status.ready === 1);
  assert.equal(cron().status.active[0].name, jobs()[0].metadata.name);
  pass(1);
  await until('it is refused', () => reasons().includes('JobAlreadyActive'));
  assert.equal(jobs().length, 1);
  state.outcome = 'Succeeded';
  const [pod] = cluster.objects.list('pods', 'default');
  cluster.objects.patch('pods', pod?.metadata.name ?? '', 'default', { metadata: { labels: { go: 'on' } } }, 'test');
  await until('the second follows', () => jobs().length === 2 && jobs().every((each) => condition(each, 'Complete')));
});

test('with Replace, the job that runs gives way to the next', async (t) => {
  const { pass, jobs } = await timed(t, { concurrencyPolicy: 'Replace' }, () => 'Running');
  pass(1);
  const first = await until('the first runs', () => jobs()[0]?.status.ready === 1 && jobs()[0]);
  pass(1);
  await until('the second runs alone', () => {
    const [job, ...others] = jobs();
    return others.length === 0 && job?.status.ready === 1 && job.metadata.uid !== first.metadata.uid;
  });
});

test('with Allow, jobs run side by side', async (t) => {
  const { pass, jobs, cron } = await timed(t, {}, () => 'Running');
  pass(1);
  await until('the first runs', () => jobs()[0]?.status.ready === 1);
  pass(1);
  await until('both run', () => jobs().length === 2 && cron().status.active.length === 2);
});

test('a suspended cron job makes none, and one whose time is long over neither', async (t) => {
  const { pass, jobs, cluster, reasons } = await timed(t, { suspend: true }, () => 'Succeeded');
  pass(3);
  const late = { spec: { suspend: false, startingDeadlineSeconds: 5 } };
  cluster.objects.patch('cronjobs', 'tick', 'default', late, 'test');
  await until('it is missed', () => reasons().includes('MissSchedule'));
  assert.deepEqual(jobs(), []);
});

test('a schedule or a time zone that does not exist is refused', async (t) => {
  const cluster = await startCluster(t);
  const refusal = async (spec: object): Promise<string> => {
    const answer = await cluster.apply(`${cronJobs}/odd`, cronJob('odd', spec));
    assert.equal(answer.code, 422);
    return answer.json.message as string;
  };
  assert.match(await refusal({ schedule: '61 * * * *' }), /spec\.schedule: Invalid value: "61 \* \* \* \*"/);
  assert.match(await refusal({ schedule: '@sometimes' }), /unrecognized descriptor: @sometimes/);
  assert.match(await refusal({ schedule: '@daily', timeZone: 'Mars/North' }), /unknown time zone Mars\/North/);
  assert.match(await refusal({}), /spec\.schedule: Required value/);
});

test('a schedule is read as cron reads it, in its time zone', () => {
  const next = (schedule: string, after: string, zone?: string): string | undefined =>
    cronSchedule(schedule, zone).next(new Date(after))?.toISOString();
  assert.equal(next('*/15 9-17 * * MON-FRI', '2026-03-06T17:50:00Z'), '2026-03-09T09:00:00.000Z');
  assert.equal(next('@hourly', '2026-03-06T17:00:00Z'), '2026-03-06T18:00:00.000Z');
  assert.equal(next('0 9 1 * MON', '2026-03-01T10:00:00Z'), '2026-03-02T09:00:00.000Z');
  assert.equal(next('0 3 * * *', '2026-03-28T12:00:00Z', 'Europe/Berlin'), '2026-03-29T01:00:00.000Z');
  assert.equal(next('0 0 31 2 *', '2026-03-28T12:00:00Z'), undefined);
  const { last } = cronSchedule('5 * * * *');
  assert.equal(last(new Date('2026-03-06T17:05:00Z'))?.toISOString(), '2026-03-06T17:05:00.000Z');
  assert.equal(last(new Date('2026-03-06T17:04:59.999Z'))?.toISOString(), '2026-03-06T16:05:00.000Z');
  assert.ok(isTimeZone('Europe/Berlin') && !isTimeZone('') && !isTimeZone('Local'));
});
