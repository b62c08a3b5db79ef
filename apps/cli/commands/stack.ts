import { PlatformError } from '@jangada/platform-api';
import { STACK_VARIANTS, type StackVariant } from '@jangada/stack';
import type { Command } from '../command.ts';
import { DEFAULT_STACK, recordLayer, stacksOf, wantedLayer } from '../setup/stack-layers.ts';

export const stack: Command = {
  name: 'stack',
  usage: '[base|run|build]',
  summary: 'Make the layers of the stack image',
  help: `Makes the stack image up to a layer (default build) unless the engine has it: "base" runs apps, "run" adds
the programs of Heroku's run image, "build" adds compilers and headers for native modules. "jangada up"
makes "base" itself and the others in the background.`,
  async run([layer], { config, print }) {
    const variant = (layer ?? wantedLayer(config)) as StackVariant;
    if (!STACK_VARIANTS.includes(variant)) {
      throw new PlatformError(
        'invalid_params',
        `There is no stack layer "${layer}". Choose one of: ${STACK_VARIANTS.join(', ')}.`,
      );
    }
    const record = (state: 'making' | 'ready' | 'failed', detail: string) =>
      recordLayer(config, { variant, state, detail, at: new Date().toISOString(), pid: process.pid });
    let last = '';
    try {
      const image = await stacksOf(config).ensure(DEFAULT_STACK, variant, (doing) => {
        if (doing === last) return;
        last = doing;
        print(doing);
        void record('making', doing).catch(() => {});
      });
      await record('ready', image);
      print(image);
      return 0;
    } catch (error) {
      await record('failed', error instanceof Error ? error.message : String(error)).catch(() => {});
      throw error;
    }
  },
};
