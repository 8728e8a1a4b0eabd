import pgPromise from 'pg-promise';

// The connection is in libpq's variables, which the driver knows: PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD. How many
// of them there may be is `pool` in the config.
export const db = pgPromise()({ max: Number(process.env.DB_POOL_MAX) });

// The server may end an idle connection; the next query opens another.
db.$pool.on('error', () => undefined);
