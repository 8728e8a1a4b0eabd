import type { Admission } from './admission-request.ts';
import type { Cluster } from './cluster.ts';
import { at, objectAt, stringsAt, textAt, type Draft } from './json-object.ts';
import type { Resource } from './resources.ts';

/** Gives a new Job a selector of its own, and its pods the labels that they are found by. */
export function admitJob(_cluster: Cluster, _resource: Resource, draft: Draft, { live }: Admission): Draft {
  if (live || at(draft, 'spec', 'manualSelector') === true) return draft;
  const metadata = objectAt(draft, 'metadata');
  const spec = objectAt(draft, 'spec');
  const [name, uid] = [textAt(metadata, 'name'), textAt(metadata, 'uid')];
  const template = objectAt(spec, 'template');
  const labels = {
    ...stringsAt(template, 'metadata', 'labels'),
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const own = stringsAt(metadata, 'labels');
  return {
    ...draft,
    metadata: { ...metadata, labels: Object.keys(own).length > 0 ? own : labels },
    spec: {
      ...spec,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      template: { ...template, metadata: { ...objectAt(template, 'metadata'), labels } },
    },
  };
}
