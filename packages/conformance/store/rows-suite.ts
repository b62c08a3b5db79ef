import type { Tables } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import { describe, expect, test } from 'vitest';
import { REFERENCES } from './references.ts';
import { SAMPLE_ROWS } from './sample-rows.ts';
import {
  appNamed,
  insertApp,
  insertSamples,
  releaseOf,
  type StoreUnderTest,
  storeForEachTest,
} from './store-under-test.ts';

const NAMES = Object.keys(SAMPLE_ROWS) as (keyof Tables)[];

/** What the tables of every Store do. */
export function rowsConformance(makeStore: () => Promise<StoreUnderTest>): void {
  describe('rows', () => {
    const made = storeForEachTest(makeStore);

    test.each(NAMES)('%s come back as they went in', async (name) => {
      await insertSamples(made.store);
      const row = SAMPLE_ROWS[name];
      expect(await made.store.rows[name].get(row.id)).toStrictEqual(row);
      expect(await made.store.rows[name].list()).toStrictEqual([row]);
    });

    test('the order of keys within a value is kept', async () => {
      await insertSamples(made.store);
      const slug = await made.store.rows.slugs.get(SAMPLE_ROWS.slugs.id);
      expect(Object.keys(slug!.processTypes)).toEqual(['web', 'a', 'clock']);
    });

    test('what is not there is null', async () => {
      expect(await made.store.rows.apps.get('no such id')).toBeNull();
      expect(await made.store.rows.apps.find({ name: 'nobody' })).toBeNull();
      expect(await made.store.rows.apps.update('no such id', { name: 'x' })).toBeNull();
      expect(await made.store.rows.apps.delete('no such id')).toBe(false);
    });

    test('a condition may be a value, a list of values, null or a moment', async () => {
      await insertApp(made.store);
      const { apps } = made.store.rows;
      await apps.insert({ ...appNamed('second'), releasedAt: null, maintenance: true });
      await apps.insert({ ...appNamed('third'), releasedAt: null });
      const names = async (where: Parameters<typeof apps.list>[0]): Promise<string[]> =>
        (await apps.list(where, { orderBy: 'name' })).map((app) => app.name);
      expect(await names({ name: ['third', 'calm-tide-1234', 'unknown'] })).toEqual(['calm-tide-1234', 'third']);
      expect(await names({ name: [] })).toEqual([]);
      expect(await names({ releasedAt: null })).toEqual(['second', 'third']);
      expect(await names({ releasedAt: [null, SAMPLE_ROWS.apps.releasedAt] })).toHaveLength(3);
      expect(await names({ releasedAt: SAMPLE_ROWS.apps.releasedAt })).toEqual(['calm-tide-1234']);
      expect(await names({ releasedAt: null, maintenance: false })).toEqual(['third']);
      expect(await apps.count({ maintenance: false })).toBe(2);
      expect(await apps.count()).toBe(3);
      expect((await apps.find({ maintenance: true }))?.name).toBe('second');
    });

    test('an undefined condition is refused, so that it cannot widen what is found', async () => {
      await insertApp(made.store);
      await expect(made.store.rows.apps.find({ name: undefined })).rejects.toThrow(TypeError);
    });

    test('a list is ordered, cut and continued after a value', async () => {
      await insertApp(made.store);
      for (const version of [2, 10, 1, 3]) await made.store.rows.releases.insert(releaseOf(version));
      const versions = async (options: object): Promise<number[]> =>
        (await made.store.rows.releases.list({}, options)).map((release) => release.version);
      expect(await versions({ orderBy: 'version' })).toEqual([1, 2, 3, 10]);
      expect(await versions({ orderBy: 'version', direction: 'desc', limit: 2 })).toEqual([10, 3]);
      expect(await versions({ orderBy: 'version', direction: 'desc', after: 3 })).toEqual([2, 1]);
      expect(await versions({ orderBy: 'version', after: 2, limit: 1 })).toEqual([3]);
      expect(await versions({ after: 'release-0003' })).toEqual([10]);
      expect(await versions({})).toEqual([1, 2, 3, 10]);
    });

    test('text sorts by its bytes and moments by time; null counts as last', async () => {
      await insertApp(made.store);
      await made.store.rows.apps.insert({ ...appNamed('b-app'), releasedAt: null });
      await made.store.rows.apps.insert({ ...appNamed('b'), releasedAt: new Date('2026-03-02T12:00:00.457Z') });
      const by = async (options: object): Promise<string[]> =>
        (await made.store.rows.apps.list({}, options)).map((app) => app.name);
      expect(await by({ orderBy: 'name' })).toEqual(['b', 'b-app', 'calm-tide-1234']);
      expect(await by({ orderBy: 'releasedAt' })).toEqual(['calm-tide-1234', 'b', 'b-app']);
      expect(await by({ orderBy: 'releasedAt', direction: 'desc' })).toEqual(['b-app', 'b', 'calm-tide-1234']);
      expect(await by({ orderBy: 'releasedAt', after: SAMPLE_ROWS.apps.releasedAt })).toEqual(['b']);
    });

    test('an update changes what it names and nothing else', async () => {
      const app = await insertApp(made.store);
      const updated = await made.store.rows.apps.update(app.id, {
        maintenance: true,
        stack: undefined,
        releasedAt: null,
      });
      expect(updated).toStrictEqual({ ...app, maintenance: true, releasedAt: null });
      expect(await made.store.rows.apps.get(app.id)).toStrictEqual(updated);
      expect(await made.store.rows.apps.update(app.id, {})).toStrictEqual(updated);
    });

    test('values are updated whole, sealed ones too', async () => {
      await insertSamples(made.store);
      const { dynos, releases } = made.store.rows;
      expect((await dynos.update(SAMPLE_ROWS.dynos.id, { env: {} }))?.env).toStrictEqual({});
      const configVars = { NEW: 'value' };
      expect((await releases.update(SAMPLE_ROWS.releases.id, { configVars }))?.configVars).toStrictEqual(configVars);
      expect((await releases.get(SAMPLE_ROWS.releases.id))?.configVars).toStrictEqual(configVars);
    });

    test('a taken unique column is a conflict that names the column', async () => {
      await insertSamples(made.store);
      const taken = async (work: Promise<unknown>): Promise<unknown> => {
        const error = await work.then(
          () => null,
          (reason: unknown) => reason,
        );
        return isPlatformError(error, 'conflict') ? error.params['column'] : error;
      };
      const { rows } = made.store;
      expect(await taken(rows.apps.insert({ ...SAMPLE_ROWS.apps, id: 'another' }))).toBe('name');
      expect(await taken(rows.apps.insert({ ...SAMPLE_ROWS.apps, name: 'another' }))).toBe('id');
      expect(await taken(rows.accounts.insert({ ...SAMPLE_ROWS.accounts, id: 'another' }))).toBe('email');
      expect(await taken(rows.releases.insert({ ...SAMPLE_ROWS.releases, id: 'another' }))).toBe('version');
      await rows.apps.insert(appNamed('free'));
      expect(await taken(rows.apps.update('app-free', { name: SAMPLE_ROWS.apps.name }))).toBe('name');
      expect((await rows.apps.update('app-free', { name: 'free' }))?.name).toBe('free');
    });

    test('what belongs to an app goes with it, its events stay', async () => {
      await insertSamples(made.store);
      expect(await made.store.rows.apps.delete(SAMPLE_ROWS.apps.id)).toBe(true);
      const counts = await Promise.all(NAMES.map(async (name) => [name, await made.store.rows[name].count()] as const));
      const gone = ([name]: readonly [keyof Tables, number]): boolean =>
        name === 'apps' || (REFERENCES[name] ?? []).some(({ table }) => table === 'apps');
      expect(counts.filter(([, count]) => count === 0)).toEqual(counts.filter(gone));
      expect(await made.store.rows.events.count()).toBe(1);
    });

    test('a row cannot be stored for an app that is gone', async () => {
      const missing = made.store.rows.builds.insert(SAMPLE_ROWS.builds);
      await expect(missing).rejects.toMatchObject({ id: 'not_found', resource: 'app', params: { column: 'appId' } });
      expect(await made.store.rows.builds.count()).toBe(0);
    });

    test('what belongs to a pipeline goes with it, its apps stay', async () => {
      await insertSamples(made.store);
      const { rows } = made.store;
      expect(await rows.pipelines.delete(SAMPLE_ROWS.pipelines.id)).toBe(true);
      const tables = [rows.pipelineCouplings, rows.pipelinePromotions, rows.pipelinePromotionTargets, rows.apps];
      expect(await Promise.all(tables.map((table) => table.count()))).toEqual([0, 0, 0, 1]);
      const late = rows.pipelineCouplings.insert(SAMPLE_ROWS.pipelineCouplings);
      await expect(late).rejects.toMatchObject({ id: 'not_found', resource: 'pipeline' });
    });

    test('an app is in one pipeline, and names of pipelines are taken once', async () => {
      await insertSamples(made.store);
      const { pipelineCouplings, pipelines } = made.store.rows;
      const twice = pipelineCouplings.insert({ ...SAMPLE_ROWS.pipelineCouplings, id: 'another' });
      await expect(twice).rejects.toMatchObject({ id: 'conflict', params: { column: 'appId' } });
      const namesake = pipelines.insert({ ...SAMPLE_ROWS.pipelines, id: 'another' });
      await expect(namesake).rejects.toMatchObject({ id: 'conflict', params: { column: 'name' } });
    });

    test('an account that owns an app cannot be deleted', async () => {
      await insertApp(made.store);
      await expect(made.store.rows.accounts.delete(SAMPLE_ROWS.accounts.id)).rejects.toMatchObject({ id: 'conflict' });
      expect(await made.store.rows.accounts.count()).toBe(1);
    });
  });
}
