import { describe, expect, test } from 'vitest';
import { BUILDPACK_REGISTRY, chosenBuildpacks, registryUrlOf } from './buildpack-address.ts';
import { parseBuildpackAddress } from './require-buildpack-address.ts';

describe('a buildpack address', () => {
  test.each([
    'heroku/nodejs',
    'urn:buildpack:heroku/nodejs',
    'https://buildpack-registry.s3.amazonaws.com/buildpacks/heroku/nodejs.tgz',
    ' heroku/nodejs ',
  ])('is the named one in every form: %s', (address) => {
    expect(parseBuildpackAddress(address)).toEqual({
      display: 'heroku/nodejs',
      source: { kind: 'named', namespace: 'heroku', name: 'nodejs' },
    });
  });

  test('may be a git URL with a ref', () => {
    expect(parseBuildpackAddress('https://github.com/x/y.git#v1.2').source).toEqual({
      kind: 'git',
      url: 'https://github.com/x/y.git',
      ref: 'v1.2',
    });
    expect(parseBuildpackAddress('https://github.com/x/y').source).toMatchObject({ kind: 'git', ref: null });
    expect(parseBuildpackAddress('git@github.com:x/y.git').source).toMatchObject({ kind: 'git', ref: null });
  });

  test('may be the URL of an archive', () => {
    expect(parseBuildpackAddress('https://example.com/b.tgz').source).toEqual({
      kind: 'archive',
      url: 'https://example.com/b.tgz',
    });
  });

  test('shows no credentials', () => {
    expect(parseBuildpackAddress('https://me:secret@example.com/x/y.git').display).toBe('https://example.com/x/y.git');
  });

  test.each(['nodejs', '', '--upload-pack=x', 'ext::sh -c x', 'file:///etc', 'https://x/y#--bad', 'https://x/y#a..b'])(
    'is refused when it is none: %s',
    (address) => {
      expect(() => parseBuildpackAddress(address)).toThrow(/is not a buildpack/);
    },
  );

  test('by name has a place in the registry', () => {
    expect(registryUrlOf({ kind: 'named', namespace: 'heroku', name: 'go' }, BUILDPACK_REGISTRY)).toBe(
      `${BUILDPACK_REGISTRY}/heroku/go.tgz`,
    );
  });
});

describe('the buildpacks of a build', () => {
  test('are the list of the app, unless BUILDPACK_URL overrides it', () => {
    expect(chosenBuildpacks(['heroku/nodejs'], {})).toEqual(['heroku/nodejs']);
    expect(chosenBuildpacks(['heroku/nodejs'], { BUILDPACK_URL: 'heroku/go' })).toEqual(['heroku/go']);
    expect(chosenBuildpacks([], { BUILDPACK_URL: ' ' })).toEqual([]);
  });
});
