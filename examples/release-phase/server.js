'use strict';
const http = require('node:http');

const server = http.createServer((request, response) => response.end('released\n'));
server.listen(process.env.PORT ?? 5000);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
