import { objectAt, textAt, type Draft } from './json-object.ts';
import type { Resource } from './resources.ts';
import { fieldInvalid, fieldRequired, type FieldProblem } from './status-error.ts';

/** An RFC 1123 label. */
export const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const serviceName = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const labelKey = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const rbacName = /^[^/%]+$/;

const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
export const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const serviceText =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const labelValueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const labelKeyText =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** What is wrong with an object's name and labels. */
export function metadataProblems(resource: Resource, object: Readonly<Draft>): FieldProblem[] {
  const name = textAt(object, 'metadata', 'name');
  const field = 'metadata.name';
  const problems: FieldProblem[] = [];
  const isRbac = resource.group === 'rbac.authorization.k8s.io';
  if (name === '') problems.push(fieldRequired(field, 'name or generateName is required'));
  else if (resource.kind === 'Namespace' && !label.test(name)) problems.push(fieldInvalid(field, name, labelText));
  else if (resource.kind === 'Service' && !(serviceName.test(name) && name.length <= 63)) {
    problems.push(fieldInvalid(field, name, serviceText));
  } else if (isRbac ? !rbacName.test(name) : !subdomain.test(name))
    problems.push(fieldInvalid(field, name, subdomainText));
  else if (name.length > 253) problems.push(fieldInvalid(field, name, 'must be no more than 253 characters'));
  return [...problems, ...labelProblems(objectAt(object, 'metadata', 'labels'), 'metadata.labels')];
}

/** What is wrong with a map of labels. */
export function labelProblems(labels: Readonly<Record<string, unknown>>, field: string): FieldProblem[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const problems: FieldProblem[] = [];
    if (!labelKey.test(key)) problems.push(fieldInvalid(field, key, labelKeyText));
    if (typeof value !== 'string' || !labelValue.test(value)) problems.push(fieldInvalid(field, value, labelValueText));
    else if (value.length > 63) problems.push(fieldInvalid(field, value, 'must be no more than 63 characters'));
    return problems;
  });
}
