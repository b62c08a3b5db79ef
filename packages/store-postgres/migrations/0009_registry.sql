-- Images that were pushed to the registry, and which app has which of their blobs.

create table pushed_images (
  id text collate "C" primary key,
  app_id text collate "C" not null references apps on delete cascade,
  type text collate "C" not null,
  tags json not null,
  digest text collate "C" not null,
  image_id text collate "C" not null,
  layers json not null,
  media_type text not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  unique (app_id, type, digest)
);
create index on pushed_images (digest);

create table image_blobs (
  id text collate "C" primary key,
  app_id text collate "C" not null references apps on delete cascade,
  digest text collate "C" not null,
  created_at timestamptz(3) not null,
  unique (app_id, digest)
);
create index on image_blobs (digest);
