import { at, listAt, numberAt, objectAt, stringsAt, textAt, type Draft } from './json-object.ts';
import { cronJobRules, jobRules } from './job-rules.ts';
import { labelProblems } from './names.ts';
import { podChangeRules, podRules, portRange } from './pod-rules.ts';
import {
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  fieldUnsupported,
  type FieldProblem,
} from './status-error.ts';

/** A rule that the schema can't say, for one kind. */
export type KindRule = (object: Readonly<Draft>, live?: Readonly<Draft>) => FieldProblem[];

const workload: KindRule = (object) => {
  const labels = stringsAt(object, 'spec', 'template', 'metadata', 'labels');
  const selector = objectAt(object, 'spec', 'selector');
  const wanted = stringsAt(selector, 'matchLabels');
  const problems = [
    ...podRules(objectAt(object, 'spec', 'template', 'spec'), 'spec.template.spec'),
    ...labelProblems(labels, 'spec.template.metadata.labels'),
  ];
  if (at(object, 'spec', 'selector') === undefined) return problems;
  if (Object.keys(selector).length === 0) {
    return [...problems, fieldInvalid('spec.selector', selector, 'empty selector is invalid for deployment')];
  }
  if (Object.entries(wanted).some(([key, value]) => labels[key] !== value)) {
    problems.push(fieldInvalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  const replicas = numberAt(object, 'spec', 'replicas') ?? 1;
  if (replicas < 0) problems.push(fieldInvalid('spec.replicas', replicas, 'must be greater than or equal to 0'));
  const restart = at(object, 'spec', 'template', 'spec', 'restartPolicy');
  if (restart !== undefined && restart !== 'Always') {
    problems.push(fieldUnsupported('spec.template.spec.restartPolicy', restart, ['Always']));
  }
  return problems;
};

/** By kind: what else must hold. */
export const kindRules: Readonly<Record<string, KindRule>> = {
  Deployment: (object, live) => [...workload(object, live), ...rolloutRules(object)],
  ReplicaSet: workload,
  Pod: (object, live) => [...podRules(objectAt(object, 'spec'), 'spec'), ...(live ? podChangeRules(object, live) : [])],
  Job: (object) => jobRules(objectAt(object, 'spec'), 'spec'),
  CronJob: cronJobRules,
  Service: serviceRules,
  ConfigMap: (object) => dataRules(object),
  Secret: (object) => dataRules(object),
  CustomResourceDefinition: definitionRules,
};

function rolloutRules(object: Readonly<Draft>): FieldProblem[] {
  const rolling = objectAt(object, 'spec', 'strategy', 'rollingUpdate');
  const isZero = (value: unknown): boolean => value === 0 || value === '0' || value === '0%';
  const problems: FieldProblem[] = [];
  if (isZero(rolling['maxSurge']) && isZero(rolling['maxUnavailable'])) {
    const field = 'spec.strategy.rollingUpdate.maxUnavailable';
    problems.push(fieldInvalid(field, rolling['maxUnavailable'], 'may not be 0 when `maxSurge` is 0'));
  }
  if (textAt(object, 'spec', 'strategy', 'type') === 'Recreate' && Object.keys(rolling).length > 0) {
    problems.push(
      fieldForbidden('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'"),
    );
  }
  const deadline = numberAt(object, 'spec', 'progressDeadlineSeconds');
  const ready = numberAt(object, 'spec', 'minReadySeconds') ?? 0;
  if (deadline !== undefined && deadline <= ready) {
    problems.push(fieldInvalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
  }
  return problems;
}

function serviceRules(object: Readonly<Draft>, live?: Readonly<Draft>): FieldProblem[] {
  const spec = objectAt(object, 'spec');
  const ports = listAt(spec, 'ports');
  const problems: FieldProblem[] = [];
  const type = textAt(spec, 'type');
  if (ports.length === 0 && type !== 'ExternalName' && spec['clusterIP'] !== 'None')
    problems.push(fieldRequired('spec.ports'));
  if (type === 'ExternalName' && textAt(spec, 'externalName') === '') problems.push(fieldRequired('spec.externalName'));
  const names = ports.map((port) => textAt(port, 'name'));
  ports.forEach((port, index) => {
    const name = names[index] ?? '';
    if (ports.length > 1 && name === '') problems.push(fieldRequired(`spec.ports[${index}].name`));
    if (name !== '' && names.indexOf(name) < index) problems.push(fieldDuplicate(`spec.ports[${index}].name`, name));
    problems.push(...portRange(numberAt(port, 'port'), `spec.ports[${index}].port`));
    const nodePort = numberAt(port, 'nodePort');
    if (nodePort !== undefined && (nodePort < 30_000 || nodePort > 32_767)) {
      const why = 'provided port is not in the valid range. The range of valid ports is 30000-32767';
      problems.push(fieldInvalid(`spec.ports[${index}].nodePort`, nodePort, why));
    }
  });
  const before = at(live, 'spec', 'clusterIP');
  if (
    before !== undefined &&
    type !== 'ExternalName' &&
    at(live, 'spec', 'type') !== 'ExternalName' &&
    spec['clusterIP'] !== before
  ) {
    problems.push(fieldInvalid('spec.clusterIPs[0]', [spec['clusterIP']], 'may not change once set'));
  }
  return problems;
}

function definitionRules(object: Readonly<Draft>): FieldProblem[] {
  const name = textAt(object, 'metadata', 'name');
  const versions = listAt(object, 'spec', 'versions');
  const problems: FieldProblem[] = [];
  if (name !== `${textAt(object, 'spec', 'names', 'plural')}.${textAt(object, 'spec', 'group')}`)
    problems.push(fieldInvalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  if (versions.filter((each) => at(each, 'storage') === true).length !== 1) {
    const why = 'must have exactly one version marked as storage version';
    problems.push(fieldInvalid('spec.versions', versions, why));
  }
  return problems;
}

const dataKey = /^[-._a-zA-Z0-9]+$/;

function dataRules(object: Readonly<Draft>): FieldProblem[] {
  return ['data', 'binaryData'].flatMap((field) =>
    Object.keys(objectAt(object, field)).flatMap((key) => {
      if (dataKey.test(key) && key.length <= 253) return [];
      const why =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
      return [fieldInvalid(`${field}[${key}]`, key, why)];
    }),
  );
}
