import type { ConformanceCase, Suite } from './case.ts';
import { CASES } from './cases.ts';

const SUITES: readonly Suite[] = ['vegur', 'kamal-proxy', 'gorouter'];

/** `docs/reference/router-conformance.md`, out of the cases that the system tests run. */
export function renderConformance(): string {
  return [
    '# What the router does as others do',
    '',
    'The behaviours that the tests of vegur (Heroku’s router), kamal-proxy and gorouter (Cloud Foundry’s) hold their routers to, as cases of',
    'our own over raw sockets. Made from packages/router/testing/conformance, which `npm test` runs against HAProxy: do not edit it by hand.',
    '',
    ...SUITES.flatMap(suiteSection),
  ].join('\n');
}

function suiteSection(suite: Suite): string[] {
  const cases = CASES.filter((each) => each.suite === suite);
  const passing = cases.filter((each) => each.differs === undefined).length;
  const groups = [...new Set(cases.map((each) => each.group))];
  return [
    `## ${suite}: ${passing} of ${cases.length} alike`,
    '',
    '| group | behaviour | here |',
    '|---|---|---|',
    ...groups.flatMap((name) => cases.filter((each) => each.group === name).map(row)),
    '',
  ];
}

function row({ group, name, differs, run }: ConformanceCase): string {
  const here = differs === undefined ? 'yes' : `${run ? 'differs' : 'no'}: ${differs}`;
  return `| ${group} | ${name} | ${here} |`;
}
