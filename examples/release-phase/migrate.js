'use strict';
console.log('Migrating...');
if (process.env.FAIL_RELEASE) {
  console.error('The migration failed.');
  process.exit(1);
}
console.log('Migrated.');
