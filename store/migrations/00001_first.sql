-- One text for SQLite and PostgreSQL. Instants are microseconds since 1970 UTC,
-- 0 for never: both engines compare them alike, whatever zone a session is in.
-- Columns are what SQL asks about; the rest of a noun is JSON in data.
--
-- Only primary keys begin with the shop. The other indexes begin with what
-- tells rows apart: offered an index on the shop and something else, a planner
-- without statistics takes it for the shop alone and reads all of the shop's rows.

-- +goose Up
create table installation (
    id         text not null primary key, -- prefixes the queues, so that two installations can share a Redis
    key_check  bytea not null,            -- sealed with the secret key: a wrong key is found at start
    created_at bigint not null
);

create table leases (
    name   text not null primary key,
    holder text not null,
    until  bigint not null
);

create table shops (
    id         text not null primary key,
    platform   text not null,
    domain     text not null,
    state      text not null,
    data       text not null,
    connection bytea not null, -- sealed JSON of the platform's settings
    hash_key   bytea not null, -- sealed; keys the hashes of mail addresses
    created_at bigint not null,
    updated_at bigint not null,
    unique (platform, domain)
);

create table templates (
    shop_id  text not null,
    journey  text not null,
    locale   text not null,
    version  bigint not null,
    data     text not null,
    saved_at bigint not null,
    primary key (shop_id, journey, locale, version)
);

-- The tables below are written for every webhook. They have no foreign key to
-- shops: checking it would lock the one row that all of them share.
create table webhooks (
    shop_id      text not null,
    id           text not null,
    delivery_id  text not null, -- the platform's key against duplicates
    event_id     text not null,
    topic        text not null,
    version      text not null,
    state        text not null,
    reason       text not null default '',
    duplicates   bigint not null default 0,
    triggered_at bigint not null,
    received_at  bigint not null,
    processed_at bigint not null default 0,
    rung_at      bigint not null,
    headers      text not null,
    body         bytea not null, -- the raw bytes, packed as S2 blocks
    primary key (shop_id, id),
    unique (delivery_id, shop_id)
);
create index webhooks_waiting on webhooks (rung_at) where state = 'received';

create table customers (
    shop_id   text not null,
    id        text not null,
    email_key text not null,
    revision  bigint not null, -- counts writes: a writer that read an older one starts over
    data      text not null,
    primary key (shop_id, id)
);
create index customers_by_email on customers (email_key, shop_id);

create table orders (
    shop_id     text not null,
    id          text not null,
    name        text not null,
    customer_id text not null,
    email_key   text not null,
    counted     boolean not null,
    created_at  bigint not null,
    revision    bigint not null,
    data        text not null,
    primary key (shop_id, id)
);
create index orders_by_customer on orders (customer_id, shop_id);
create index orders_by_email on orders (email_key, shop_id);
create index orders_by_name on orders (name, shop_id);

create table messages (
    shop_id     text not null,
    id          text not null,
    customer_id text not null,
    order_id    text not null,
    journey     text not null,
    purpose     text not null,
    subject     text not null,
    state       text not null,
    reason      text not null,
    detail      text not null,
    due_at      bigint not null,
    rung_at     bigint not null,
    lease_until bigint not null default 0,
    attempt     bigint not null default 0,
    created_at  bigint not null,
    updated_at  bigint not null,
    sent_at     bigint not null default 0,
    mailer      text not null default '',
    provider_id text not null default '',
    locale      text not null default '',
    phrases     text not null default '',
    webhook_id  text not null default '',
    by_hand     boolean not null default false,
    primary key (shop_id, id),
    unique (subject, journey, shop_id) -- the guard behind "never twice"
);
create index messages_waiting on messages (rung_at) where state = 'planned';
create index messages_sending on messages (lease_until) where state = 'sending';
create index messages_waiting_by_order on messages (order_id, shop_id) where state = 'planned';
create index messages_by_customer on messages (customer_id, shop_id);

create table suppressions (
    shop_id    text not null,
    email_hash text not null, -- keyed: survives erasure without telling the address
    scope      text not null, -- all, marketing
    reason     text not null,
    created_at bigint not null,
    primary key (shop_id, email_hash, scope)
);
