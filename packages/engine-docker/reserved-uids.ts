import { readFile } from 'node:fs/promises';
import type { UidRange } from '@jangada/core';

/** Ids that this machine's own files give to accounts, groups, and containers of accounts (subuid(5)). */
export async function reservedUids(): Promise<readonly UidRange[]> {
  const read = (name: string): Promise<string> => readFile(`/etc/${name}`, 'utf8').catch(() => '');
  const [passwd, group, subuid, subgid] = await Promise.all(['passwd', 'group', 'subuid', 'subgid'].map(read));
  return [...accountIds(passwd!), ...accountIds(group!), ...delegatedIds(subuid!), ...delegatedIds(subgid!)];
}

/** Third field of passwd(5) and group(5). */
export function accountIds(text: string): readonly UidRange[] {
  return rowsOf(text).flatMap(([, , id]) => rangeOf(id, '1'));
}

/** `name:first:count`. */
export function delegatedIds(text: string): readonly UidRange[] {
  return rowsOf(text).flatMap(([, first, count]) => rangeOf(first, count));
}

function rowsOf(text: string): readonly string[][] {
  return text.split('\n').map((line) => line.split(':'));
}

function rangeOf(first: string | undefined, count: string | undefined): readonly UidRange[] {
  if (!/^\d+$/.test(first ?? '') || !/^\d+$/.test(count ?? '')) return [];
  return [{ first: Number(first), last: Number(first) + Number(count) - 1 }];
}
