import { expect, test } from 'vitest';
import { groupWith, NO_ACCOUNTS, passwdWith } from './accounts.ts';

test('the user of a dyno is called as on Heroku, and the accounts of the image stay', () => {
  const theirs =
    'root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\ndyno:x:1000:1000::/app:/bin/bash';
  expect(passwdWith(theirs, 1_200_007, '/bin/bash').split('\n')).toEqual([
    ...theirs.split('\n'),
    'u1200007:x:1200007:1200007::/app:/bin/bash',
    '',
  ]);
});

test('its group is the only one called dyno', () => {
  expect(groupWith('root:x:0:\ndyno:x:1000:\nstaff:x:50:\n', 1_200_007)).toBe(
    'root:x:0:\nstaff:x:50:\ndyno:x:1200007:\n',
  );
});

test('an image cannot give the name or the id of its dyno to another account', () => {
  const theirs = 'u1200007:x:0:0::/:/bin/sh\nroot2:x:1200007:0::/:/bin/sh\nroot:x:0:0::/root:/bin/sh\n';
  expect(passwdWith(theirs, 1_200_007, '/bin/sh')).toBe(
    'root:x:0:0::/root:/bin/sh\nu1200007:x:1200007:1200007::/app:/bin/sh\n',
  );
});

test('an image without accounts gets root’s beside the dyno’s', () => {
  expect(passwdWith(NO_ACCOUNTS.passwd!, 1_200_007, '/bin/sh')).toMatch(/^root:.*\nu1200007:.*\n$/);
});
