import { listAt, numberAt, objectAt, same, scalarAt, textAt, without, type Draft } from './json-object.ts';
import { label, labelText } from './names.ts';
import { milli } from './quantity.ts';
import { fieldDuplicate, fieldForbidden, fieldInvalid, fieldRequired, type FieldProblem } from './status-error.ts';

/** What must hold of a pod's spec, at a path. */
export function podRules(spec: Readonly<Draft>, path: string): FieldProblem[] {
  const volumes = new Set(listAt(spec, 'volumes').map((volume) => textAt(volume, 'name')));
  const groups = ['initContainers', 'containers'] as const;
  const names = new Set<string>();
  return groups.flatMap((group) =>
    listAt(spec, group).flatMap((container, index) => {
      const where = `${path}.${group}[${index}]`;
      const name = textAt(container, 'name');
      const problems: FieldProblem[] = [];
      if (name !== '' && !label.test(name)) problems.push(fieldInvalid(`${where}.name`, name, labelText));
      if (group === 'containers' && names.has(name)) problems.push(fieldDuplicate(`${where}.name`, name));
      names.add(name);
      if (textAt(container, 'image') === '') problems.push(fieldRequired(`${where}.image`));
      listAt(container, 'ports').forEach((port, position) =>
        problems.push(...portRange(numberAt(port, 'containerPort'), `${where}.ports[${position}].containerPort`)),
      );
      listAt(container, 'volumeMounts').forEach((mount, position) => {
        const volume = textAt(mount, 'name');
        if (volumes.has(volume)) return;
        problems.push({
          reason: 'FieldValueInvalid',
          field: `${where}.volumeMounts[${position}].name`,
          message: `Not found: "${volume}"`,
        });
      });
      return [...problems, ...limitRules(container, where)];
    }),
  );
}

function limitRules(container: unknown, where: string): FieldProblem[] {
  const limits = objectAt(container, 'resources', 'limits');
  return Object.entries(objectAt(container, 'resources', 'requests')).flatMap(([name, request]) => {
    const limit = limits[name];
    if (limit === undefined || milli(request) <= milli(limit)) return [];
    const why = `must be less than or equal to ${name} limit of ${scalarAt(limits, name) ?? ''}`;
    return [fieldInvalid(`${where}.resources.requests`, request, why)];
  });
}

/** A port, when one is given, is one that TCP has. */
export function portRange(port: number | undefined, field: string): FieldProblem[] {
  if (port === undefined || (port >= 1 && port <= 65_535)) return [];
  return [fieldInvalid(field, port, 'must be between 1 and 65535, inclusive')];
}

const podStays =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** Of a pod that is there, little may change. The scheduler names its node once. */
export function podChangeRules(object: Readonly<Draft>, live: Readonly<Draft>): FieldProblem[] {
  const unbound = textAt(live, 'spec', 'nodeName') === '';
  const fixed = (pod: Readonly<Draft>): Draft => {
    const free = ['activeDeadlineSeconds', 'tolerations', 'schedulingGates', ...(unbound ? ['nodeName'] : [])];
    const spec = without(objectAt(pod, 'spec'), ...free);
    for (const group of ['containers', 'initContainers'])
      if (spec[group] !== undefined) spec[group] = listAt(spec, group).map((each) => without(objectAt(each), 'image'));
    return spec;
  };
  return same(fixed(object), fixed(live)) ? [] : [fieldForbidden('spec', podStays)];
}
