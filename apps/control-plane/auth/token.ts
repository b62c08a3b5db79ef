/**
 * What may be shown of a token again: `JNGD-3f9a**********77c1`. The CLI recognises its own token by it when it logs out
 * (cli-contract 3.6).
 */
export function redactToken(token: string): string {
  return token.length < 20 ? '' : `${token.slice(0, 9)}${'*'.repeat(10)}${token.slice(-4)}`;
}
