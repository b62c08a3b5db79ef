import { crc32, gzipSync } from 'node:zlib';

/** A zip archive with these files, stored as they are: enough for wheels. */
export function zipOf(files: Readonly<Record<string, string>>): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    // Version, flags, method, time, date, checksum, both sizes, lengths of name and extra field: the same in both headers.
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x21, 8);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(content.length, 14);
    facts.writeUInt32LE(content.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, Buffer.from(name), content]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(0o100644 * 65_536, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), facts, rest, Buffer.from(name)]));
    bodies.push(local);
    offset += local.length;
  }
  const size = directory.reduce((sum, entry) => sum + entry.length, 0);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

/** A Python wheel of one module. */
export function wheelOf(
  name: string,
  version: string,
  module: string,
): { readonly file: string; readonly content: Buffer } {
  const info = `${name}-${version}.dist-info`;
  const content = zipOf({
    [`${name}.py`]: module,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: `${name}.py,,\n${info}/METADATA,,\n${info}/WHEEL,,\n${info}/RECORD,,\n`,
  });
  return { file: `${name}-${version}-py3-none-any.whl`, content };
}

/** A tar archive with these files. */
export function tarOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, text]) => {
    const content = Buffer.from(text);
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`0000644\0${'0000000\0'.repeat(2)}`, 100);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0`, 124);
    header.write('        0', 148);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A Ruby gem of one file, and a program of the same name where its source is given. */
export function gemOf(
  name: string,
  version: string,
  source: string,
  program?: string,
): { readonly file: string; readonly content: Buffer } {
  const any =
    '!ruby/object:Gem::Requirement\n  requirements:\n  - - ">="\n    - !ruby/object:Gem::Version\n      version: \'0\'';
  const metadata = `--- !ruby/object:Gem::Specification
name: ${name}
version: !ruby/object:Gem::Version
  version: ${version}
platform: ruby
authors:
- Jangada
bindir: exe
cert_chain: []
date: 2020-01-01 00:00:00.000000000 Z
dependencies: []
executables: ${program === undefined ? '[]' : `\n- ${name}`}
extensions: []
extra_rdoc_files: []
files:
- lib/${name}.rb${program === undefined ? '' : `\n- exe/${name}`}
licenses: []
metadata: {}
require_paths:
- lib
required_ruby_version: ${any}
required_rubygems_version: ${any}
requirements: []
rubygems_version: 3.0.0
specification_version: 4
summary: A gem of one file
test_files: []
`;
  const data = tarOf({ [`lib/${name}.rb`]: source, ...(program === undefined ? {} : { [`exe/${name}`]: program }) });
  const content = tarOf({ 'metadata.gz': gzipSync(metadata), 'data.tar.gz': gzipSync(data) });
  return { file: `${name}-${version}.gem`, content };
}
