import { describe, expect, test } from 'vitest';
import { type AppJsonEnvironment, readAppJson, resolveEnv } from './app-json.ts';

const read = (document: unknown) => readAppJson(JSON.stringify(document));

describe('an app.json', () => {
  test('is read with everything that a set-up uses', () => {
    expect(
      read({
        name: 'shop',
        env: {
          PLAIN: 'text',
          COUNT: 3,
          SECRET: { generator: 'secret' },
          KEY: { description: 'of the bank' },
          DEBUG: { required: false },
          ZONE: { value: 'eu' },
        },
        formation: { web: { quantity: 2, size: 'Standard-1X' }, worker: { quantity: 0, size: 'hobby' } },
        addons: ['heroku-postgresql', { plan: 'heroku-redis:mini', as: 'CACHE' }],
        buildpacks: [{ url: 'heroku/nodejs' }],
        scripts: { postdeploy: 'npm run seed', test: 'npm test' },
        success_url: '/welcome',
        stack: 'heroku-26',
        'an unknown key': true,
      }),
    ).toEqual({
      appJson: {
        env: {
          PLAIN: { value: 'text', required: true, generated: false },
          COUNT: { value: '3', required: true, generated: false },
          SECRET: { value: null, required: true, generated: true },
          KEY: { value: null, required: true, generated: false },
          DEBUG: { value: null, required: false, generated: false },
          ZONE: { value: 'eu', required: true, generated: false },
        },
        formation: { web: { quantity: 2, size: 'standard-1x' }, worker: { quantity: 0, size: 'basic' } },
        addons: ['heroku-postgresql', 'heroku-redis:mini'],
        buildpacks: ['heroku/nodejs'],
        postdeploy: 'npm run seed',
        successUrl: '/welcome',
        stack: 'heroku-26',
      },
      errors: [],
    });
  });

  test('of nothing asks for nothing', () => {
    expect(read({})).toMatchObject({ appJson: { env: {}, addons: [], postdeploy: null }, errors: [] });
  });

  test.each([
    ['not JSON at all', 'not {', /not valid JSON/],
    ['a list', '[]', /must be a JSON object/],
    ['env that is a list', '{"env":[]}', /"env" must be an object/],
    ['a config var without a name', '{"env":{"A B":"x"}}', /"A B" in "env"/],
    ['a config var that is a list', '{"env":{"A":[]}}', /"env.A" must be a text or an object/],
    ['another generator', '{"env":{"A":{"generator":"dice"}}}', /"env.A.generator"/],
    ['a value that is an object', '{"env":{"A":{"value":{}}}}', /"env.A.value"/],
    ['a formation without quantity', '{"formation":{"web":{}}}', /"formation.web"/],
    ['a negative quantity', '{"formation":{"web":{"quantity":-1}}}', /"formation.web"/],
    ['add-ons without a plan', '{"addons":[{"as":"X"}]}', /"addons" must be a list/],
    ['buildpacks that are a text', '{"buildpacks":"heroku/go"}', /"buildpacks" must be a list/],
    ['a script that is a number', '{"scripts":{"postdeploy":1}}', /"scripts.postdeploy"/],
  ])('with %s says so', (_what, text, error) => {
    expect(readAppJson(text).errors).toEqual([expect.stringMatching(error)]);
  });
});

test('what a person gives wins over the app.json; secrets are made up; what is missing is named', () => {
  const { env } = read({
    env: { A: 'one', B: { value: 'two' }, S: { generator: 'secret' }, K: {}, O: { required: false } },
  }).appJson;
  expect(resolveEnv(env, { B: 'mine', EXTRA: 'x' }, () => 'f00')).toEqual({
    configVars: { A: 'one', B: 'mine', S: 'f00', EXTRA: 'x' },
    errors: ['The config var "K" is required. Give it a value in overrides.env.'],
  });
});

test('what an environment says counts over the rest, by name for config vars and scripts', () => {
  const text = JSON.stringify({
    env: { A: 'all', B: 'all' },
    formation: { web: { quantity: 2 }, worker: { quantity: 1 } },
    addons: ['heroku-postgresql'],
    scripts: { postdeploy: 'seed', test: 'npm test' },
    environments: {
      review: { env: { B: 'review', C: { generator: 'secret' } }, formation: { web: { quantity: 1 } }, addons: [] },
      test: { scripts: { postdeploy: 'seed small' } },
    },
  });
  const of = (environment: AppJsonEnvironment) => {
    const { appJson, errors } = readAppJson(text, environment);
    const { env, formation, addons, postdeploy } = appJson;
    return { env: Object.keys(env), b: env['B']?.value, types: Object.keys(formation), addons, postdeploy, errors };
  };
  const all = {
    env: ['A', 'B'],
    b: 'all',
    types: ['web', 'worker'],
    addons: ['heroku-postgresql'],
    postdeploy: 'seed',
    errors: [],
  };
  expect(of('production')).toEqual(all);
  expect(of('test')).toEqual({ ...all, postdeploy: 'seed small' });
  expect(of('review')).toEqual({ ...all, env: ['A', 'B', 'C'], b: 'review', types: ['web'], addons: [] });
});

test('environments that are no objects are an error', () => {
  for (const environments of [[], 'review', { production: 'x' }]) {
    expect(readAppJson(JSON.stringify({ environments })).errors).toEqual([expect.stringContaining('"environments"')]);
  }
});
