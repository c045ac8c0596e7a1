-- +goose Up

create index orders_by_time on orders (shop_id, created_at, id);

-- Installations that merchants began in their browsers. What came of them is a shop.
create table installs (
    state      text not null primary key, -- SHA-256 of the nonce
    platform   text not null,
    domain     text not null,
    browser    text not null, -- SHA-256 of the cookie
    created_at bigint not null
);
create index installs_by_time on installs (created_at, platform);

-- What every shop needs from time to time; see crm.Chore.
create table chores (
    shop_id     text not null,
    kind        text not null,
    due_at      bigint not null, -- 0: not before somebody asks for it
    asked_at    bigint not null default 0, -- when it should be done again, asked for while it was being done
    lease_until bigint not null default 0,
    holder      text not null default '',
    data        text not null,
    primary key (shop_id, kind)
);
create index chores_due on chores (due_at) where due_at > 0;

-- Requests about personal data. They outlive the shop: they are the proof.
create table privacy_requests (
    shop_id    text not null,
    id         text not null,
    kind       text not null,
    subject    text not null,
    state      text not null,
    email      bytea,  -- sealed, while it is needed
    data       text not null,
    created_at bigint not null,
    primary key (shop_id, id),
    unique (subject, kind, shop_id)
);
create index privacy_open on privacy_requests (shop_id, id) where state = 'open';

-- Keys that seal nothing any more, sealed with the newest one: links in old
-- mails still open (mail-and-domain.md, L2).
create table retired_keys (
    id         text not null primary key, -- of the key: tells nothing about it
    sealed     bytea not null,
    retired_at bigint not null
);
