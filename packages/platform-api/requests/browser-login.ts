import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';

/** POST /cli-auth/auth: the CLI asks for a login through the browser. */
export const OpenBrowserLoginRequest = Type.Object({ description: nullable(Type.String({ maxLength: 255 })) });
export type OpenBrowserLoginRequest = Static<typeof OpenBrowserLoginRequest>;

/** POST /cli-auth/auth/browser/{login}: the form that a person fills in. */
export const BrowserLoginForm = Type.Object({
  email: Type.String({ maxLength: 320 }),
  password: Type.String({ maxLength: 1_024 }),
});
export type BrowserLoginForm = Static<typeof BrowserLoginForm>;
