/** Severities of Cloud Logging, so that its filters work on these lines as they are. */
export type Severity = 'INFO' | 'WARNING' | 'ERROR';

/** Writes one line. `fields` must hold no secret and nothing that a caller of the app sent as a body. */
export type Log = (severity: Severity, message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** A log of one JSON object a line, with the field names that Cloud Logging understands. */
export function createLog(replica: string, write: (line: string) => void): Log {
  return (severity, message, fields = {}) => {
    write(`${JSON.stringify({ time: new Date().toISOString(), severity, message, replica, ...fields })}\n`);
  };
}

/** What may be logged of an error. A driver's error also carries the connection's settings, which must stay out. */
export function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { error: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  // Several addresses of one host that all refuse give an error with an empty message.
  const inner = error instanceof AggregateError ? error.errors.map(String).join('; ') : '';
  return { error: error.message || inner || error.name, ...code };
}
