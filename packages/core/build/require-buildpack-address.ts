import { PlatformError } from '@jangada/platform-api';
import { type BuildpackAddress, notABuildpack, readBuildpackAddress } from './buildpack-address.ts';

/** Like `readBuildpackAddress`; throws `invalid_params` for what is no address of a buildpack. */
export function parseBuildpackAddress(address: string): BuildpackAddress {
  const read = readBuildpackAddress(address);
  if (read) return read;
  throw new PlatformError('invalid_params', notABuildpack(address));
}
