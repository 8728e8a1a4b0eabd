import { db } from './database.js';

const timer = setInterval(() => {
  db.none('INSERT INTO ticks DEFAULT VALUES').catch((error) => console.error(error.message));
}, 200);

process.once('SIGTERM', () => {
  clearInterval(timer);
  void db.$pool.end();
});
