import { publicRoute, StreamReply } from '../../http/route.ts';
import { welcomePage } from './page.ts';

export const welcomeRoutes = [
  publicRoute({
    method: 'GET',
    path: '/',
    stream: true,
    handle: async ({ context }) => new StreamReply('text/html; charset=utf-8', page(welcomePage(context.settings))),
  }),
];

async function* page(text: string): AsyncGenerator<string> {
  yield text;
}
