import { createServer } from 'node:http';
import { greeting } from 'greeting';
import { nanoid } from 'nanoid';

const server = createServer((_request, response) => response.end(`${greeting} ${nanoid().length}\n`));
server.listen(Number(process.env.PORT ?? 5000), () => console.log('Listening'));
process.once('SIGTERM', () => server.close());
