import { StreamReply } from '../../http/route.ts';

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 22rem; margin: 12vh auto; padding: 0 1rem; color: #1d2b36 }
  h1 { font-size: 1.4rem } label { display: block; margin: .8rem 0 .2rem }
  input { width: 100%; box-sizing: border-box; font: inherit; padding: .5rem; border: 1px solid #8aa; border-radius: 4px }
  button { margin-top: 1.2rem; font: inherit; padding: .5rem 1.2rem; border: 0; border-radius: 4px; background: #0b6e5f; color: #fff }
  .error { color: #a11 } small { color: #567 }`;

/** What the page may do: show itself, with its own style, and send its form back here. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** The form in which a person logs in for the CLI that waits. */
export function formPage(description: string, email: string, error: string | null, status: number): StreamReply {
  const complaint = error === null ? '' : `<p class="error" role="alert">${escapeHtml(error)}</p>`;
  return page(
    status,
    `<h1>Log in to Jangada</h1>
<p>For: <b>${escapeHtml(description)}</b><br><small>Go on only if you just typed <code>heroku login</code> yourself.</small></p>
${complaint}
<form method="post">
<label for="email">E-mail</label>
<input id="email" name="email" type="email" autocomplete="username" required autofocus value="${escapeHtml(email)}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Log in</button>
</form>`,
  );
}

export function donePage(email: string): StreamReply {
  return page(200, `<h1>Logged in</h1><p>${escapeHtml(email)} is logged in. You can close this tab.</p>`);
}

export function gonePage(): StreamReply {
  return page(404, '<h1>This login is over</h1><p>Type <code>heroku login</code> again to start a new one.</p>');
}

function page(status: number, content: string): StreamReply {
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Jangada</title><style>${STYLE}</style></head><body>
${content}
</body></html>
`;
  return new StreamReply('text/html; charset=utf-8', once(html), { status, headers: HEADERS });
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
