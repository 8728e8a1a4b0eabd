import pgPromise from 'pg-promise';

// The connection is in libpq's variables, which the driver knows: PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD.
export const db = pgPromise()({ max: 2 });

// The server may end an idle connection; the next query opens another.
db.$pool.on('error', () => undefined);
