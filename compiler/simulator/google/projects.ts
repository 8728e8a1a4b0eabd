import type { Clock } from '../clock.ts';
import type { Store } from '../store.ts';
import { digits, type Project } from './world.ts';

export interface Projects {
  ensure(id: string): void;
  /** By id or number. */
  find(idOrNumber: string): Project | undefined;
  list(): readonly Project[];
}

/** The projects that the local cloud was told of; the number of a project follows from its id. */
export function createProjects(store: Store, clock: Clock): Projects {
  const table = store.table<Project>('projects');
  const list = (): readonly Project[] => [...table.entries()].map(([, project]) => project);
  return {
    ensure(id) {
      if (!table.get(id)) table.set(id, { id, number: digits(id, 12), createTime: clock.stamp() });
    },
    find: (idOrNumber) => table.get(idOrNumber) ?? list().find((each) => each.number === idOrNumber),
    list,
  };
}
