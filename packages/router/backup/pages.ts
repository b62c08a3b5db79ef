import type { AppRoute } from '@jangada/core';
import type { HCodeName } from '../access-log/h-codes.ts';
import { FILES } from '../plan/files.ts';
import { framed } from '../plan/maps.ts';

/** An HTML answer of the platform itself. */
export interface Page {
  readonly status: number;
  readonly html: string;
}

interface PageText {
  readonly title: string;
  readonly lines: readonly string[];
}

const APPLICATION_ERROR: PageText = {
  title: 'Application error',
  lines: [
    'Something went wrong in this application, and it could not answer.',
    'If it is yours, <code>heroku logs --tail</code> tells what happened.',
  ],
};

const TEXTS: Partial<Record<HCodeName, PageText>> = {
  H14: {
    title: 'No web dynos running',
    lines: ['This application has no web dyno.', 'If it is yours, <code>heroku ps:scale web=1</code> starts one.'],
  },
  H20: {
    title: 'Still starting',
    lines: ['This application did not start in time.', 'Please try again in a moment.'],
  },
  H80: {
    title: 'Offline for maintenance',
    lines: ['This application is being looked after.', 'Please come back soon.'],
  },
  H81: {
    title: 'Nothing here yet',
    lines: [
      'This is a new application: nothing is deployed to it.',
      'The first <code>git push</code> takes this place.',
    ],
  },
};

/** The page of a code: an app's own page in a frame where it has set one (behaviour 2.5); null: ours for whatever app. */
export function pageOf(code: HCodeName, route: AppRoute | null): Page {
  const own = route === null || code === 'H81' ? null : code === 'H80' ? route.maintenancePageUrl : route.errorPageUrl;
  return { status: 503, html: document(TEXTS[code] ?? APPLICATION_ERROR, code, own === null ? '' : framed(own)) };
}

/** The answer at a host that belongs to no app. */
export function noSuchAppPage(): Page {
  const text = {
    title: 'No such app',
    lines: ['There is no application at this address.', 'Is the name spelled right?'],
  };
  return { status: 404, html: document(text, '', '') };
}

/** The page of HAProxy's own errors: HAProxy puts in the frame of the app's own page, if it has one. */
export function errorPageTemplate(): string {
  return document(APPLICATION_ERROR, '', `%[be_name,map_str(${FILES.errorPages})]`);
}

/** No percent sign may stand in it: HAProxy reads the template as a format. */
function document(text: PageText, code: string, frame: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text.title}</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/1.6 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center; text-align: center }
main { padding: 2rem; max-width: 32rem }
h1 { font-size: 1.5rem; margin: 0 0 1rem }
p { margin: 0.25rem 0; opacity: 0.8 }
iframe { position: fixed; top: 0; left: 0; width: 100vw; height: 100vh; border: 0; background: Canvas }
</style>
</head>
<body>
<main>
<h1>${text.title}</h1>
${text.lines.map((line) => `<p>${line}</p>`).join('\n')}
${code === '' ? '' : `<p><small>${code}</small></p>\n`}</main>
${frame}
</body>
</html>
`;
}
