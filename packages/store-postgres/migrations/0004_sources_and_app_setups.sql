-- Builds from archives, slugs that are uploaded or have expired, apps that are set up from an app.json.

alter table builds
  add column source_url text,
  add column source_checksum text,
  add column phases json not null default '[]';
alter table builds alter column phases drop default;

alter table slugs
  alter column digest drop not null,
  add column checksum text;

create table sources (
  id text collate "C" primary key,
  account_id text collate "C" not null references accounts on delete cascade,
  digest text collate "C",
  size bigint not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index on sources (digest);

-- A setup that failed tells about an app that may be gone.
create table app_setups (
  id text collate "C" primary key,
  account_id text collate "C" not null references accounts on delete cascade,
  app_id text collate "C" not null,
  app_name text collate "C" not null,
  status text not null,
  build_id text collate "C",
  failure_message text,
  manifest_errors json not null,
  postdeploy json,
  success_url text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index on app_setups (status) where status = 'pending';
