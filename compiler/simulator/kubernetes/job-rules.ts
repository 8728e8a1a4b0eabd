import { cronSchedule, isTimeZone } from './cron-schedule.ts';
import { at, numberAt, objectAt, textAt, type Draft } from './json-object.ts';
import { podRules } from './pod-rules.ts';
import { messageOf } from './request.ts';
import { fieldInvalid, fieldRequired, type FieldProblem } from './status-error.ts';

/** Eleven letters are left for what is appended for each Job. */
const cronJobNameMax = 52;

/** What must hold of a Job's spec, at a path. */
export function jobRules(spec: Readonly<Draft>, path: string): FieldProblem[] {
  const problems = podRules(objectAt(spec, 'template', 'spec'), `${path}.template.spec`);
  const counts = ['parallelism', 'completions', 'backoffLimit', 'activeDeadlineSeconds', 'ttlSecondsAfterFinished'];
  for (const name of counts) {
    const value = numberAt(spec, name);
    if (value !== undefined && value < 0)
      problems.push(fieldInvalid(`${path}.${name}`, value, 'must be greater than or equal to 0'));
  }
  const restart = at(spec, 'template', 'spec', 'restartPolicy');
  if (restart !== undefined && restart !== 'OnFailure' && restart !== 'Never') {
    problems.push(fieldRequired(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"'));
  }
  return problems;
}

/** What must hold of a CronJob. */
export function cronJobRules(object: Readonly<Draft>): FieldProblem[] {
  const spec = objectAt(object, 'spec');
  const problems = jobRules(objectAt(spec, 'jobTemplate', 'spec'), 'spec.jobTemplate.spec');
  const name = textAt(object, 'metadata', 'name');
  if (name.length > cronJobNameMax)
    problems.push(fieldInvalid('metadata.name', name, `must be no more than ${cronJobNameMax} characters`));
  const [schedule, timeZone] = [textAt(spec, 'schedule'), textAt(spec, 'timeZone')];
  if (timeZone !== '' && !isTimeZone(timeZone))
    problems.push(fieldInvalid('spec.timeZone', timeZone, `unknown time zone ${timeZone}`));
  if (schedule === '') return problems;
  try {
    cronSchedule(schedule);
  } catch (error) {
    problems.push(fieldInvalid('spec.schedule', schedule, messageOf(error)));
  }
  return problems;
}
