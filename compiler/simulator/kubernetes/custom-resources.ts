import type { KubeObject } from '../parts.ts';
import { customShape } from './custom-schema.ts';
import { at, listAt, numberAt, objectAt, textAt } from './json-object.ts';
import { served, type PrinterColumn, type Resource } from './resources.ts';

/** The rows that an established CustomResourceDefinition adds, one for each version that it serves. */
export function customResource(definition: KubeObject): readonly Resource[] {
  if (!isEstablished(definition)) return [];
  const names = objectAt(definition, 'spec', 'names');
  const group = textAt(definition, 'spec', 'group');
  const stored = listAt(definition, 'spec', 'versions').find((version) => at(version, 'storage') === true);
  return listAt(definition, 'spec', 'versions')
    .filter((version) => at(version, 'served') === true)
    .flatMap((version) => {
      const subresources = objectAt(version, 'subresources');
      return served(group, textAt(version, 'name'), [
        {
          plural: textAt(names, 'plural'),
          kind: textAt(names, 'kind'),
          ...(textAt(names, 'singular') === '' ? {} : { singular: textAt(names, 'singular') }),
          shortNames: listAt(names, 'shortNames').map(String),
          categories: listAt(names, 'categories').map(String),
          namespaced: at(definition, 'spec', 'scope') !== 'Cluster',
          status: 'status' in subresources,
          scale: 'scale' in subresources,
          generation: 'all',
          ...(version === stored ? {} : { storedIn: `${group}/${textAt(stored, 'name')}` }),
          custom: {
            shape: customShape(at(version, 'schema', 'openAPIV3Schema')),
            columns: listAt(version, 'additionalPrinterColumns').map(printerColumn),
          },
        },
      ]);
    });
}

export function isEstablished(definition: KubeObject): boolean {
  return listAt(definition, 'status', 'conditions').some(
    (each) => textAt(each, 'type') === 'Established' && textAt(each, 'status') === 'True',
  );
}

function printerColumn(column: unknown): PrinterColumn {
  return {
    name: textAt(column, 'name'),
    type: textAt(column, 'type'),
    jsonPath: textAt(column, 'jsonPath'),
    description: textAt(column, 'description'),
    priority: numberAt(column, 'priority') ?? 0,
  };
}
