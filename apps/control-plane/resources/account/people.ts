import type { Account, Rows } from '@jangada/core';

/** The accounts with these ids, by id. */
export async function accountsById(rows: Rows, ids: readonly string[]): Promise<ReadonlyMap<string, Account>> {
  const unique = [...new Set(ids)];
  const accounts = unique.length === 0 ? [] : await rows.accounts.list({ id: unique });
  return new Map(accounts.map((account) => [account.id, account]));
}

/** A reference to an account in another resource; the account may be gone. */
export function personOf(accounts: ReadonlyMap<string, Account>, id: string): { id: string; email: string } {
  return { id, email: accounts.get(id)?.email ?? 'removed-account@jangada.invalid' };
}
