import type { Settings } from '@jangada/core';
import type { Command } from '../command.ts';
import type { CliConfig } from '../config.ts';
import { engineVersion } from '../docker/docker-engine.ts';
import { apiUrl } from '../platform/addresses.ts';
import { memoryOf } from '../platform/process-memory.ts';
import { isHealthy } from '../platform/start-platform.ts';
import { type SupervisorStatus, supervisorStatus } from '../platform/supervisor-client.ts';
import { loadSettings } from '../setup/identity.ts';
import { DEFAULT_STACK, recordedLayer, stacksOf } from '../setup/stack-layers.ts';
import { columns, duration, megabytes } from './table.ts';

export const status: Command = {
  name: 'status',
  usage: '',
  summary: 'What runs, since when, with how much memory',
  help: 'Lists the processes of the platform, the engine and the stack image. The exit status is 0 only when all is well.',
  async run(_args, { config, print }) {
    const settings = await loadSettings(config.home);
    const [supervisor, engine, healthy] = await Promise.all([
      supervisorStatus(config.home),
      engineVersion(config.dockerSocket),
      isHealthy(settings),
    ]);
    for (const line of columns(await processRows(supervisor))) print(line);
    print('');
    const stack = engine === null ? { text: 'unknown', ok: false } : await stackLine(config);
    const facts: readonly (readonly [string, string, boolean])[] = [
      ['API', healthy ? `${apiUrl(settings)} is healthy` : `${apiUrl(settings)} does not answer`, healthy],
      ['Engine', engine === null ? `does not answer on ${config.dockerSocket}` : `Docker ${engine}`, engine !== null],
      ['Stack', stack.text, stack.ok],
      ['Home', placeOf(config, settings), true],
    ];
    for (const [name, text, ok] of facts) print(`${ok ? '✓' : '✗'} ${name.padEnd(7)} ${text}`);
    const allReady = supervisor?.children.every((child) => child.state === 'ready') ?? false;
    const well = allReady && facts.every(([, , ok]) => ok);
    if (!well)
      print(
        `\n${supervisor ? 'Something is not well. See "bin/jangada logs".' : 'Jangada is not running. Start it with "bin/jangada up".'}`,
      );
    return well ? 0 : 1;
  },
};

function placeOf(config: CliConfig, settings: Settings): string {
  return `${config.home.root} (installation ${settings.installId}), apps on ports ${settings.httpPort} and ${settings.httpsPort}`;
}

async function processRows(supervisor: SupervisorStatus | null): Promise<string[][]> {
  const head = ['', 'process', 'state', 'pid', 'memory', 'up', 'restarts', ''];
  if (!supervisor) return [head, ['✗', 'supervisor', 'stopped', '-', '-', '-', '-', '']];
  const own = {
    name: 'supervisor',
    state: 'ready',
    pid: supervisor.pid,
    startedAt: supervisor.startedAt,
    restarts: 0,
    lastEnd: null,
  };
  const rows = await Promise.all(
    [own, ...supervisor.children].map(async (each) => ({
      memory: each.pid === null ? 0 : await memoryOf(each.pid, each.name !== 'supervisor'),
      cells: [each.state === 'ready' ? '✓' : '✗', each.name, each.state, String(each.pid ?? '-')],
      rest: [
        each.startedAt ? duration(Date.now() - Date.parse(each.startedAt)) : '-',
        String(each.restarts),
        each.lastEnd ?? '',
      ],
    })),
  );
  const total = rows.reduce((sum, row) => sum + row.memory, 0);
  return [
    head,
    ...rows.map((row) => [...row.cells, row.memory === 0 ? '-' : megabytes(row.memory), ...row.rest]),
    ['', 'together', '', '', megabytes(total), '', '', ''],
  ];
}

async function stackLine(config: CliConfig): Promise<{ text: string; ok: boolean }> {
  const ready = await stacksOf(config).ready(DEFAULT_STACK);
  const recorded = await recordedLayer(config);
  const more =
    recorded && recorded.state !== 'ready' && !ready.includes(recorded.variant)
      ? `; ${recorded.variant}: ${recorded.state}, ${recorded.detail}`
      : '';
  return { text: `${DEFAULT_STACK} ${ready.join(', ') || 'is missing'}${more}`, ok: ready.includes('base') };
}
