import type { IncomingMessage } from 'node:http';
import type { KubeObject } from '../parts.ts';
import { customColumns } from './custom-columns.ts';
import { columnsOf, defaultColumns, type Column } from './columns.ts';
import type { Resource } from './resources.ts';

/** Whether the client prefers the server's own printing. */
export function wantsTable(request: IncomingMessage): boolean {
  return (request.headers.accept ?? '')
    .split(',')
    .some((each) => each.includes('as=Table') && each.includes('meta.k8s.io'));
}

interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: unknown;
  readonly columnDefinitions: unknown;
  readonly rows: readonly unknown[];
}

/** Objects as rows of cells. https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
export function tableFor(
  resource: Resource,
  objects: readonly KubeObject[],
  metadata: unknown,
  include: string | null,
): Table {
  const columns = resource.custom
    ? customColumns(resource.custom.columns)
    : (columnsOf[resource.plural] ?? defaultColumns);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns.map(definition),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object)),
      object: rowObject(object, include),
    })),
  };
}

function definition({ name, type = 'string', wide, description = '' }: Column, index: number): unknown {
  return { name, type, format: index === 0 ? 'name' : '', description, priority: wide ? 1 : 0 };
}

function rowObject(object: KubeObject, include: string | null): unknown {
  if (include === 'None') return null;
  if (include === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
