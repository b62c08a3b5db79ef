import type { Command } from '../command.ts';
import { diagnose } from '../setup/diagnose.ts';

export const doctor: Command = {
  name: 'doctor',
  usage: '',
  summary: 'Check what the platform needs and say what is wrong',
  help: 'Looks at the machine without changing anything. The exit status is 0 only when nothing is wrong.',
  async run(_args, { config, print }) {
    const findings = await diagnose(config);
    const width = Math.max(...findings.map((finding) => finding.about.length));
    for (const { about, wrong, fact } of findings) print(`${wrong ? '✗' : '✓'} ${about.padEnd(width)}  ${fact}`);
    const count = findings.filter((finding) => finding.wrong).length;
    print(count === 0 ? '\nNothing is wrong.' : `\n${count} of ${findings.length} checks failed.`);
    return count === 0 ? 0 : 1;
  },
};
