import { address, refTo, type ResourceId } from '../../model/resource.ts';
import type { Spec } from '../../spec/spec.ts';
import { sqlUserId } from '../google/sql-user.ts';
import { namespaceOf, passwordSecretOf } from '../names.ts';
import { appliedKind } from './applied.ts';
import { memberLabels } from './labels.ts';
import { namespaceId, secretHash, secretType } from './types.ts';

export function secretId(spec: Spec): ResourceId {
  return address('kubernetes.secret', passwordSecretOf(spec).name);
}

/**
 * The record of the database password, and the only one. The pods read it from here. Its hash confirms that the password
 * has been set; one that someone wrote over has yet to be, and then is.
 */
export const secret = appliedKind({
  name: 'kubernetes.secret',
  docs: 'https://kubernetes.io/docs/concepts/configuration/secret/',
  type: secretType,
  secret: true,
  generated: true,
  immutable: ['type'],
  *declare(spec) {
    if (!spec.db) return;
    const { name, key } = passwordSecretOf(spec);
    const annotations = { [secretHash]: refTo(sqlUserId(spec), 'fingerprint') };
    const metadata = { name, namespace: namespaceOf(spec), labels: memberLabels(spec.name), annotations };
    const data = { [key]: refTo(sqlUserId(spec), 'password') };
    yield {
      key: name,
      desired: { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data },
      after: [namespaceId(spec)],
      path: ['db', 'user'],
    };
  },
});
