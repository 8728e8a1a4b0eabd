import { db } from './database.js';

await db.none('CREATE TABLE IF NOT EXISTS ticks (at timestamptz NOT NULL DEFAULT now())');
console.log('the table ticks is there');
await db.$pool.end();
