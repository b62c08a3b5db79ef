/** The longest URL of a page, as browsers write it. */
export const MAX_PAGE_URL = 2_000;

/** Whether the router can show what is there in place of its own page: a complete http or https URL. */
export function isPageUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.href.length <= MAX_PAGE_URL;
}

/** The URL of a page as a person wrote it, `//host/path` (Heroku's own form) as https. Undefined when it cannot be used. */
export function readPageUrl(text: string): string | undefined {
  const url = text.startsWith('//') ? `https:${text}` : text;
  return isPageUrl(url) ? url : undefined;
}
