import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One chain of ours and the built-in or engine chain from which it is entered. */
export interface GuardChain {
  readonly name: string;
  readonly parent: string;
  /** Arguments of the jump besides its target. */
  readonly match: readonly string[];
  readonly rules: readonly (readonly string[])[];
}

/**
 * What keeps dynos away from the machine (engine 3.3): nothing that they send reaches the machine's own addresses, except
 * answers to what it asked, and link-local addresses (cloud metadata) are closed. The machine's name servers stay open on
 * port 53 where they are such addresses (as on some clouds), otherwise dynos there could resolve nothing. `publicPorts` stay
 * open too: the router's, so that an app can call another by its URL as everybody can.
 */
export function guardChains(
  installId: string,
  bridge: string,
  nameServers: readonly string[],
  publicPorts: readonly number[] = [],
): readonly GuardChain[] {
  const names = nameServers.flatMap((address) =>
    ['udp', 'tcp'].map((protocol) => ['-d', address, '-p', protocol, '--dport', '53', '-j', 'RETURN']),
  );
  const open = publicPorts.map((port) => ['-p', 'tcp', '--dport', String(port), '-j', 'RETURN']);
  return [
    {
      name: `JANGADA-${installId}-F`,
      parent: 'DOCKER-USER',
      match: ['-i', bridge],
      rules: [...names, ['-d', '169.254.0.0/16', '-j', 'DROP']],
    },
    {
      name: `JANGADA-${installId}-I`,
      parent: 'INPUT',
      match: ['-i', bridge],
      rules: [
        ['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', '-j', 'RETURN'],
        ...names,
        ...open,
        ['-j', 'DROP'],
      ],
    },
  ];
}

/**
 * The same for the bridge on which the engine runs the steps of image builds: its default one, which it lets nobody choose. It
 * holds for whatever else of the machine runs there (decision 0066).
 */
export function buildGuardChains(...[installId, ...rest]: Parameters<typeof guardChains>): readonly GuardChain[] {
  return guardChains(installId, ...rest).map((chain) => ({ ...chain, name: chain.name.replace(/-(?=.$)/, '-B') }));
}

/** IPv4 name servers of a `resolv.conf` that a dyno's resolver can reach (the machine's loopback is not among them). */
export function nameServersIn(resolvConf: string): string[] {
  return [...resolvConf.matchAll(/^\s*nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/gm)]
    .map((match) => match[1]!)
    .filter((address) => !address.startsWith('127.'));
}

/**
 * Puts the chains in place and sees that they are entered. Each chain changes from its old rules to the new ones in one step,
 * so there is no moment without them. Throws what `iptables` says.
 */
export async function installGuard(chains: readonly GuardChain[]): Promise<void> {
  const restore = run('iptables-restore', ['-w', '5', '--noflush']);
  restore.child.stdin?.on('error', () => undefined);
  restore.child.stdin?.end(restoreText(chains));
  await restore;
  for (const { name, parent, match } of chains) {
    const jump = [...match, '-j', name];
    const entered = await iptables('-C', parent, ...jump).then(
      () => true,
      () => false,
    );
    if (!entered) await iptables('-I', parent, ...jump);
  }
}

/** The chains as `iptables-restore` reads them: naming a chain empties it, all takes effect with COMMIT. */
export function restoreText(chains: readonly GuardChain[]): string {
  const names = chains.map(({ name }) => `:${name} - [0:0]`);
  const rules = chains.flatMap(({ name, rules }) => rules.map((rule) => `-A ${name} ${rule.join(' ')}`));
  return `${['*filter', ...names, ...rules, 'COMMIT'].join('\n')}\n`;
}

/** Takes the chains away. What is not there is not an error. */
export async function removeGuard(chains: readonly GuardChain[]): Promise<void> {
  for (const chain of chains) {
    await iptables('-D', chain.parent, ...chain.match, '-j', chain.name).catch(() => undefined);
    await iptables('-F', chain.name).catch(() => undefined);
    await iptables('-X', chain.name).catch(() => undefined);
  }
}

/** The machine's name servers, from systemd-resolved's list where `/etc/resolv.conf` only names its stub. */
export async function machineNameServers(): Promise<string[]> {
  const texts = await Promise.all(
    ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  return [...new Set(nameServersIn(texts.join('\n')))];
}

async function iptables(...args: readonly string[]): Promise<string> {
  return (await run('iptables', ['-w', '5', ...args])).stdout;
}
