-- Ids are text: the API looks rows up by whatever a client sends, and that must not become an error of the database.
-- Text that lists are ordered by compares by bytes, whatever the database's own collation is.
-- Values (objects and lists) are json, not jsonb, because the order of their keys is a person's: process types, config vars.
-- Sealed columns are bytea. Moments have milliseconds, as the platform's clock does.

create table sealing_keys (
  key_id text primary key,
  created_at timestamptz(3) not null default now()
);

create table accounts (
  id text collate "C" primary key,
  email text collate "C" not null unique,
  name text,
  password_hash text,
  suspended_at timestamptz(3),
  last_login timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);

create table authorizations (
  id text collate "C" primary key,
  account_id text collate "C" not null references accounts on delete cascade,
  description text not null,
  scope json not null,
  token_hash text collate "C" not null unique,
  expires_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index on authorizations (account_id);

create table apps (
  id text collate "C" primary key,
  name text collate "C" not null unique,
  owner_id text collate "C" not null references accounts,
  stack text not null,
  build_stack text not null,
  maintenance boolean not null,
  locked boolean not null,
  buildpack_description text,
  repo_size bigint,
  slug_size bigint,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  released_at timestamptz(3)
);
create index on apps (owner_id);

create table collaborators (
  id text collate "C" primary key,
  app_id text collate "C" not null references apps on delete cascade,
  account_id text collate "C" not null references accounts on delete cascade,
  role text not null,
  permissions json not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  unique (app_id, account_id)
);
create index on collaborators (account_id);

create table app_features (
  id text collate "C" primary key,
  app_id text collate "C" not null references apps on delete cascade,
  name text collate "C" not null,
  enabled boolean not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  unique (app_id, name)
);

create table buildpack_installations (
  id text collate "C" primary key,
  app_id text collate "C" not null references apps on delete cascade,
  ordinal integer not null,
  url text not null,
  unique (app_id, ordinal)
);

create table slugs (
  id text collate "C" primary key,
  app_id text collate "C" not null references apps on delete cascade,
  digest text collate "C" not null,
  size bigint not null,
  commit text,
  commit_description text,
  process_types json not null,
  stack text not null,
  buildpack_description text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index on slugs (app_id);
create index on slugs (digest);

create table builds (
  id text collate "C" primary key,
  app_id text collate "C" not null references apps on delete cascade,
  user_id text collate "C" not null,
  status text not null,
  stack text not null,
  source_version text,
  source_description text,
  buildpacks json not null,
  slug_id text collate "C",
  release_id text collate "C",
  failure text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index on builds (app_id, id);
create index on builds (status) where status = 'pending';

create table releases (
  id text collate "C" primary key,
  app_id text collate "C" not null references apps on delete cascade,
  version integer not null,
  slug_id text collate "C",
  config_vars bytea not null,
  description text not null,
  status text not null,
  user_id text collate "C" not null,
  output_stream_id text collate "C",
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  unique (app_id, version)
);

create table formations (
  id text collate "C" primary key,
  app_id text collate "C" not null references apps on delete cascade,
  type text collate "C" not null,
  quantity integer not null,
  size text not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  unique (app_id, type)
);

create table dynos (
  id text collate "C" primary key,
  app_id text collate "C" not null references apps on delete cascade,
  release_id text collate "C" not null,
  version integer not null,
  type text collate "C" not null,
  number integer not null,
  name text collate "C" not null,
  size text not null,
  command text not null,
  state text not null,
  port integer,
  stopping text,
  env json not null,
  attached boolean not null,
  crashes integer not null,
  restart_at timestamptz(3),
  exit_code integer,
  started_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index on dynos (app_id);

create table domains (
  id text collate "C" primary key,
  app_id text collate "C" not null references apps on delete cascade,
  hostname text collate "C" not null unique,
  kind text not null,
  cname text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index on domains (app_id);

-- Events outlive the app that they tell about.
create table events (
  id text collate "C" primary key,
  app_id text collate "C",
  actor_id text collate "C",
  entity text not null,
  action text not null,
  data json not null,
  created_at timestamptz(3) not null
);
create index on events (app_id, id);
