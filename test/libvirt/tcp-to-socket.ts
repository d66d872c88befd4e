import { connect, createServer } from 'node:net';

/** Run as a program: passes connections to a local TCP port on to a Unix socket, which is the same in every network. */
const [, , port, socket = ''] = process.argv;

createServer((client) => {
  const server = connect(socket);
  const end = () => {
    client.destroy();
    server.destroy();
  };
  client.on('error', end).pipe(server).on('error', end).pipe(client);
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
