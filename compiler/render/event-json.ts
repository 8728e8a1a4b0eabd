import type { Emit } from '../model/event.ts';
import { diagnosticJson } from './diagnostic-json.ts';

/** Events as lines of JSON. The values are those of the events; only diagnostics are written in their own form. */
export function eventJson(write: (line: string) => void): Emit {
  return (event) => {
    const data = 'diagnostic' in event ? { ...event, diagnostic: diagnosticJson(event.diagnostic) } : event;
    write(`${JSON.stringify(data)}\n`);
  };
}
