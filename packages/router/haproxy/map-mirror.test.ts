import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { FILES } from '../plan/files.ts';
import { hostWish, type MapWish } from '../plan/maps.ts';
import { HaproxyRefused } from './admin-socket.ts';
import { MapMirror } from './map-mirror.ts';

/** A HAProxy with the map of hosts only. Each call takes as long as it is told, and has its effect before or after that. */
class SlowAdmin {
  readonly hosts = new Map<string, string>();
  readonly delays: number[] = [];
  readonly asked: string[] = [];

  async ask(command: string): Promise<string> {
    this.asked.push(command);
    const entries = command.endsWith(FILES.hosts) ? [...this.hosts] : [];
    await delay(this.delays.shift() ?? 0);
    return entries.map(([key, value]) => `0x1 ${key} ${value}`).join('\n');
  }

  async change(commands: readonly string[]): Promise<void> {
    await delay(this.delays.shift() ?? 0);
    for (const command of commands) this.#run(command.split(' '));
  }

  #run([verb, , , key = '', value = '']: readonly string[]): void {
    if (this.hosts.has(key) === (verb === 'add')) throw new HaproxyRefused(`${verb} ${key}`);
    if (verb === 'del') this.hosts.delete(key);
    else this.hosts.set(key, value);
  }
}

const host = (name: string, backend: string | null) => (): MapWish[] => [hostWish(name, backend)];

test('of two changes of one host the later one comes last, here and in HAProxy, however long each takes', async () => {
  const [admin, mirror] = [new SlowAdmin(), new MapMirror()];
  await mirror.follow(admin, host('x.test', 'b0'));
  admin.delays.push(20, 0);
  await Promise.all([mirror.follow(admin, host('x.test', 'b1')), mirror.follow(admin, host('x.test', 'b2'))]);
  expect([...admin.hosts]).toEqual([['x.test', '2']]);
  expect(mirror.entries(FILES.hosts)).toEqual(admin.hosts);
});

test('a change wishes for what the table says when it is its turn', async () => {
  const [admin, mirror] = [new SlowAdmin(), new MapMirror()];
  let backend = 'b1';
  admin.delays.push(10);
  const first = mirror.follow(admin, host('y.test', 'b0'));
  const second = mirror.follow(admin, () => [hostWish('x.test', backend)]);
  backend = 'b2';
  await Promise.all([first, second]);
  expect(admin.hosts.get('x.test')).toBe('2');
});

test('a change while HAProxy is asked is not forgotten: its host can be taken away again', async () => {
  const [admin, mirror] = [new SlowAdmin(), new MapMirror()];
  admin.delays.push(5, 5, 5, 20);
  await Promise.all([mirror.read(admin), delay(18).then(() => mirror.follow(admin, host('x.test', 'b0')))]);
  expect(mirror.hosts()).toEqual(['x.test']);
  await mirror.follow(admin, host('x.test', null));
  expect([...admin.hosts]).toEqual([]);
});

test('after a change that failed HAProxy is asked what it has, once', async () => {
  const [admin, mirror] = [new SlowAdmin(), new MapMirror()];
  admin.hosts.set('x.test', '7');
  await expect(mirror.follow(admin, host('x.test', 'b0'))).rejects.toThrow(HaproxyRefused);
  await mirror.follow(admin, host('x.test', 'b0'));
  await mirror.follow(admin, host('y.test', 'b1'));
  expect([...admin.hosts]).toEqual([
    ['x.test', '0'],
    ['y.test', '1'],
  ]);
  expect(admin.asked.filter((command) => command === `show map ${FILES.hosts}`)).toHaveLength(1);
});
