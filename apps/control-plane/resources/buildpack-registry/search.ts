import type { KnownBuildpack } from '@jangada/builder';

/** `in[namespace][]`, `in[name][]` and `like[description]`; what is not given does not narrow the list. */
export function searchBuildpacks(
  known: readonly KnownBuildpack[],
  query: Readonly<Record<string, unknown>>,
): readonly KnownBuildpack[] {
  const asked = (key: string): readonly string[] => [query[key] ?? []].flat().map((word) => String(word).toLowerCase());
  const isAmong = (words: readonly string[], word: string): boolean => words.length === 0 || words.includes(word);
  return known.filter(({ name, description }) => {
    const [namespace = '', short = ''] = name.split('/');
    return (
      isAmong(asked('in[namespace][]'), namespace) &&
      isAmong(asked('in[name][]'), short) &&
      asked('like[description]').every((text) => description.toLowerCase().includes(text))
    );
  });
}
