import { age } from './ages.ts';
import { ageColumn, nameColumn, type Column } from './columns.ts';
import { valuesAt } from './json-path.ts';
import type { PrinterColumn } from './resources.ts';

/** The columns of a custom kind: its name, then what its definition says, or its age. */
export function customColumns(columns: readonly PrinterColumn[]): readonly Column[] {
  return [nameColumn, ...(columns.length > 0 ? columns.map(columnOf) : [ageColumn])];
}

const types = ['integer', 'number', 'boolean'] as const;

function columnOf({ name, type, jsonPath, description, priority }: PrinterColumn): Column {
  return {
    name,
    type: types.find((each) => each === type) ?? 'string',
    description,
    ...(priority > 0 ? { wide: true } : {}),
    cell(object) {
      const [first] = valuesAt(object, jsonPath);
      if (type === 'date') return first === undefined ? '' : age(first);
      return first === undefined || type !== 'string'
        ? (first ?? '')
        : typeof first === 'string'
          ? first
          : JSON.stringify(first);
    },
  };
}
