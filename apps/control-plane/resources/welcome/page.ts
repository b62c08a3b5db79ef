import type { Settings } from '@jangada/core';

/** What a person sees who opens the platform's address in a browser. Names no app and holds no secret. */
export function welcomePage(settings: Pick<Settings, 'domain' | 'httpPort'>): string {
  const port = settings.httpPort === 80 ? '' : `:${settings.httpPort}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Jangada</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/1.6 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center }
main { padding: 2rem; max-width: 38rem }
h1 { font-size: 1.75rem; margin: 0 0 0.5rem }
pre { padding: 1rem 1.25rem; border-radius: 0.5rem; background: color-mix(in srgb, CanvasText 8%, Canvas); overflow-x: auto }
</style>
</head>
<body>
<main>
<h1>Jangada is running</h1>
<p>This address serves the Platform API and git. Apps answer at <code>http://NAME.${settings.domain}${port}/</code>.</p>
<p>Point the Heroku CLI here, then deploy from the folder of an app:</p>
<pre><code>eval "$(bin/jangada env)"
heroku create
git push heroku main</code></pre>
</main>
</body>
</html>
`;
}
