const { createServer } = require('node:http');
const { sum } = require('./build/Release/sum.node');

const server = createServer((_request, response) => response.end(`40 + 2 = ${sum(40, 2)}\n`));
server.listen(Number(process.env.PORT ?? 5000), () => console.log('Listening'));
process.once('SIGTERM', () => server.close());
