import { routeTableConformance } from '@jangada/conformance';
import { ask, codeOnPage } from './testing/client.ts';
import { type DynoServer, startDyno } from './testing/dyno-server.ts';
import { startRealRouter } from './testing/real-router.ts';

routeTableConformance('the router on HAProxy', async () => {
  const { router, port, close } = await startRealRouter();
  const dynos: DynoServer[] = [];
  const slow: ((value: unknown) => void)[] = [];
  const request = async (host: string, path = '/') => {
    const answer = await ask(port, host, { path });
    const code = codeOnPage(answer);
    return code === undefined ? { dynoId: String(answer.headers['x-dyno']) } : { code };
  };
  return {
    table: router,
    async startDyno(dynoId, name) {
      const dyno = await startDyno(dynoId, name, (incoming, response) => {
        response.setHeader('x-dyno', dynoId);
        if (incoming.url === '/slow') slow.shift()!(() => response.end());
        else response.end();
      });
      dynos.push(dyno);
      return dyno.dyno;
    },
    request,
    async beginSlowRequest(host) {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      slow.push(resolve);
      const outcome = request(host, '/slow');
      const finish = (await promise) as () => void;
      return () => {
        finish();
        return outcome;
      };
    },
    async close() {
      await close();
      await Promise.all(dynos.map((dyno) => dyno.close()));
    },
  };
});
