'use strict';
const http = require('node:http');

const { DYNO = 'local', PORT = 5000 } = process.env;

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://app');
  if (url.pathname === '/env') {
    const shown = { DYNO, PORT, headers: request.headers, greeting: process.env.GREETING ?? null };
    response.setHeader('content-type', 'application/json');
    response.end(`${JSON.stringify(shown, null, 2)}\n`);
    return;
  }
  if (url.pathname === '/log') {
    console.log(url.searchParams.get('line') ?? 'a line');
    response.end('logged\n');
    return;
  }
  if (url.pathname === '/exit') {
    response.end('bye\n', () => process.exit(1));
    return;
  }
  if (url.pathname === '/slow') {
    setTimeout(() => response.end('done\n'), Math.min(Number(url.searchParams.get('ms') ?? 1000), 60000));
    return;
  }
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(page(request));
});

server.listen(PORT, () => console.log(`${DYNO} listens on ${PORT}`));
process.on('SIGTERM', () => server.close(() => process.exit(0)));

function page(request) {
  const headers = Object.entries(request.headers)
    .map(([name, value]) => `<tr><th>${escape(name)}</th><td>${escape(String(value))}</td></tr>`)
    .join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Hello from ${escape(DYNO)}</title>
<style>body{font:16px/1.5 system-ui;margin:3rem auto;max-width:46rem;padding:0 1rem}th{text-align:left;padding-right:1rem;vertical-align:top}td{word-break:break-all}</style>
<h1>${escape(process.env.GREETING ?? 'Hello, world')}</h1>
<p>Dyno <b>${escape(DYNO)}</b>, port <b>${escape(String(PORT))}</b>, Node.js ${process.version}.</p>
<h2>Your request</h2>
<table>
${headers}
</table>
</html>
`;
}

function escape(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
