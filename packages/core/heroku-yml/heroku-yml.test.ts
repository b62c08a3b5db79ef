import { expect, test } from 'vitest';
import { type HerokuYml, readHerokuYml } from './heroku-yml.ts';

const read = (document: unknown): HerokuYml => {
  const { herokuYml, errors } = readHerokuYml(document);
  expect(errors).toEqual([]);
  return herokuYml;
};
const errorsOf = (document: unknown): readonly string[] => readHerokuYml(document).errors;
const web = { build: { docker: { web: 'Dockerfile' } } };

test('every section is read', () => {
  const document = {
    setup: {
      addons: [{ plan: 'heroku-postgresql', as: 'DATABASE' }, 'heroku-redis:mini'],
      config: { PORTS: 2, DEBUG: true },
    },
    build: {
      docker: { web: './web/Dockerfile', worker: { dockerfile: 'Dockerfile', target: 'builder' } },
      config: { RAILS_ENV: 'production' },
      secrets: ['NPM_TOKEN'],
    },
    release: { image: 'worker', command: ['./deploy.sh'] },
    run: {
      web: 'bundle exec puma',
      worker: { command: ['python', 'my worker.py'], image: 'web' },
      clock: { image: 'web' },
    },
  };
  expect(read(document)).toEqual({
    addons: ['heroku-postgresql', 'heroku-redis:mini'],
    config: { PORTS: '2', DEBUG: 'true' },
    builds: [
      { type: 'web', dockerfile: 'web/Dockerfile', target: null },
      { type: 'worker', dockerfile: 'Dockerfile', target: 'builder' },
    ],
    buildArgs: { RAILS_ENV: 'production' },
    secrets: ['NPM_TOKEN'],
    release: { image: 'worker', command: './deploy.sh' },
    run: {
      web: { command: 'bundle exec puma', image: null },
      worker: { command: 'python "my worker.py"', image: 'web' },
      clock: { command: null, image: 'web' },
    },
  });
});

test.each<[string, unknown, string]>([
  [
    'a mistyped key',
    { ...web, biuld: {} },
    'The heroku.yml has an unknown key "biuld". It may have: setup, build, release, run.',
  ],
  ['a list in the place of a map', { build: ['web'] }, '"build" must be a map.'],
  ['text alone', 'web: Dockerfile', 'The heroku.yml must be a map.'],
  [
    'a path out of the repository',
    { build: { docker: { web: '../Dockerfile' } } },
    '"build.docker.web" must be the path of a Dockerfile in the repository, such as Dockerfile or worker/Dockerfile.',
  ],
  [
    'an absolute path',
    { build: { docker: { web: '/etc/passwd' } } },
    '"build.docker.web" must be the path of a Dockerfile in the repository, such as Dockerfile or worker/Dockerfile.',
  ],
  [
    'an image that is not built',
    { ...web, run: { worker: { image: 'wroker' } } },
    '"run.worker.image" is "wroker", which "build.docker" does not build.',
  ],
  [
    'a release image that is not built',
    { ...web, release: { image: 'x', command: 'y' } },
    '"release.image" is "x", which "build.docker" does not build.',
  ],
  [
    'a command that is none',
    { ...web, run: { web: { command: 5 } } },
    '"run.web.command" must be a command, or a list of its words.',
  ],
  [
    'a secret with a value',
    { build: { docker: { web: 'Dockerfile' }, secrets: { A: 'b' } } },
    '"build.secrets" must be a list of names of config vars.',
  ],
  [
    'a frontend of a stranger',
    { build: { docker: { web: 'Dockerfile' }, config: { BUILDKIT_SYNTAX: 'evil/frontend' } } },
    '"build.config.BUILDKIT_SYNTAX" is a setting of BuildKit, which is not offered here. Leave it out.',
  ],
  ['nothing to build', {}, 'It builds nothing. Name a Dockerfile, for example: build: {docker: {web: Dockerfile}}.'],
])('%s is an error that says what to do', (_name, document, message) => {
  expect(errorsOf(document)).toEqual([message]);
});

test('what Heroku builds without a Dockerfile is not offered', () => {
  expect(errorsOf({ build: { languages: ['go'] } })[0]).toContain('Write a Dockerfile');
});
