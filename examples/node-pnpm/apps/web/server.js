import { createServer } from 'node:http';
import { nanoid } from 'nanoid';
import { shout } from 'shout';

const server = createServer((_request, response) => response.end(`${shout('hello from pnpm')} ${nanoid().length}\n`));
server.listen(Number(process.env.PORT ?? 5000), () => console.log('Listening'));
process.once('SIGTERM', () => server.close());
