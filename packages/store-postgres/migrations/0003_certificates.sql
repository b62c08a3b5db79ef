create table sni_endpoints (
  id text collate "C" primary key,
  app_id text collate "C" not null references apps on delete cascade,
  name text collate "C" not null,
  display_name text,
  certificate_chain text not null,
  private_key bytea not null,
  acm boolean not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  unique (app_id, name)
);

create table acme_accounts (
  id text collate "C" primary key,
  directory_url text collate "C" not null unique,
  private_key bytea not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);

alter table apps add column acm boolean not null default false;

alter table domains add column sni_endpoint_id text collate "C";
alter table domains add column acm_status text;
alter table domains add column acm_status_reason text;
alter table domains add column acm_failures integer not null default 0;
alter table domains add column acm_retry_at timestamptz(3);
