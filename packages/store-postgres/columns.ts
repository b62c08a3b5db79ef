import { SEALED_COLUMNS, type Tables } from '@jangada/core';
import type { Sealer } from './sealer.ts';

export type TableName = keyof Tables;
export type AnyRow = Readonly<Record<string, unknown>> & { readonly id: string };

/** As an object, so that the compiler tells when a kind of row is missing. */
const NAMES: { readonly [Name in TableName]: true } = {
  accounts: true,
  authorizations: true,
  apps: true,
  collaborators: true,
  appFeatures: true,
  buildpackInstallations: true,
  builds: true,
  slugs: true,
  pushedImages: true,
  imageBlobs: true,
  releases: true,
  formations: true,
  monitors: true,
  dynos: true,
  domains: true,
  sources: true,
  appSetups: true,
  sniEndpoints: true,
  acmeAccounts: true,
  pipelines: true,
  pipelineCouplings: true,
  pipelinePromotions: true,
  pipelinePromotionTargets: true,
  events: true,
};

export const TABLE_NAMES = Object.keys(NAMES) as readonly TableName[];

const SEALED: { readonly [Name in TableName]?: readonly string[] } = SEALED_COLUMNS;

/** `configVars` is `config_vars` in SQL, `appFeatures` is `app_features`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Turns rows of one table into what SQL stores, and back. */
export interface Codec {
  /** Members of a row that are undefined are left out. */
  encode(id: string, members: Readonly<Record<string, unknown>>): Record<string, unknown>;
  decode(stored: Readonly<Record<string, unknown>>): AnyRow;
}

export function codecOf(table: TableName, sealer: Sealer): Codec {
  const sealed = new Set(SEALED[table] ?? []);
  const members = new Map<string, string>();
  const memberOf = (column: string): string => {
    const member = members.get(column) ?? column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    members.set(column, member);
    return member;
  };
  const place = (member: string, id: string): string => `${snakeCase(table)}.${snakeCase(member)}:${id}`;

  return {
    encode(id, row) {
      const stored: Record<string, unknown> = {};
      for (const [member, value] of Object.entries(row)) {
        if (value === undefined) continue;
        if (sealed.has(member) && value !== null) stored[snakeCase(member)] = sealer.seal(value, place(member, id));
        else stored[snakeCase(member)] = isValue(value) ? JSON.stringify(value) : value;
      }
      return stored;
    },

    decode(stored) {
      const id = String(stored['id']);
      const row: Record<string, unknown> & { id: string } = { id };
      for (const [column, value] of Object.entries(stored)) {
        const member = memberOf(column);
        row[member] = sealed.has(member) && value !== null ? sealer.unseal(value as Buffer, place(member, id)) : value;
      }
      return row;
    },
  };
}

/** Objects and lists, which are stored as JSON. */
function isValue(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Date);
}
