import { createServer } from 'node:http';
import { db } from './database.js';

const server = createServer(async (request, response) => {
  if (request.url === '/healthz') {
    response.end('alive\n');
    return;
  }
  try {
    const { count } = await db.one('SELECT count(*) FROM ticks');
    response.end(`${count} ticks\n`);
  } catch (error) {
    response.statusCode = 503;
    response.end('the database does not answer\n');
    console.error(error.message);
  }
});

server.listen(Number(process.env.PORT ?? 5000));
process.once('SIGTERM', () => server.close(() => void db.$pool.end()));
