import { createServer } from 'node:http';

console.log(`listening in ${process.env.COLOR}`);
const server = createServer((request, response) => {
  if (!request.url.endsWith('z')) console.log(`asked for ${request.url}`);
  response.end(process.env.COLOR);
});
server.listen(Number(process.env.PORT));
process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
