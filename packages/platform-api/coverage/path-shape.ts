/** A path with every parameter made equal: `/apps/{app}/dynos` and `/apps/:app/dynos` are both `/apps/{}/dynos`. */
export function pathShape(path: string): string {
  return path.replaceAll(/\{[^}]*\}|:[A-Za-z_]+/g, '{}').replace(/(.)\/$/, '$1');
}
