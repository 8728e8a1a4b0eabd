import type { Spec } from '../spec/spec.ts';

/**
 * Every name that follows from the spec, in one place: names that are known before anything exists keep plans complete
 * on the first run.
 */

/** The Kubernetes namespace of the app; everything of the app that has a namespace is in it. */
export function namespaceOf(spec: Spec): string {
  return spec.name;
}

/** The Google service account that the pods act as. Account ids have 6 to 30 characters. */
export function accountIdOf(spec: Spec): string {
  return spec.name.length >= 6 ? spec.name : `${spec.name}-hello`;
}

/** https://cloud.google.com/iam/docs/service-account-types: an account's e-mail follows from its id and project. */
export function emailOf(spec: Spec): string {
  return `${accountIdOf(spec)}@${spec.project}.iam.gserviceaccount.com`;
}

/** What the Cloud SQL proxy is told to connect to: `project:region:instance`. */
export function connectionNameOf(spec: Spec & Required<Pick<Spec, 'db'>>): string {
  return `${spec.project}:${spec.region}:${spec.db.instance}`;
}

/** The network that the cluster and the database are in. */
export function networkOf(_spec: Spec): string {
  return 'default';
}

/** The Secret that records the database password, and its key. */
export function passwordSecretOf(spec: Spec): { readonly name: string; readonly key: 'PGPASSWORD' } {
  return { name: `${spec.name}-db`, key: 'PGPASSWORD' };
}
