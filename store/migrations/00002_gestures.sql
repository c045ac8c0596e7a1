-- +goose Up
alter table messages add column return_id text not null default '';
alter table messages add column ask text not null default ''; -- JSON of what staff asked for
alter table customers add column birthday text not null default ''; -- 03-05
alter table customers add column created_at bigint not null default 0;
alter table suppressions add column until bigint not null default 0;
create index customers_by_birthday on customers (birthday, shop_id) where birthday <> '';
create index customers_by_creation on customers (created_at, shop_id);
create index orders_counted_by_day on orders (created_at, shop_id) where counted;
create index messages_by_return on messages (return_id, shop_id) where return_id <> '';
create index messages_without_access on messages (shop_id) where state = 'planned' and reason = 'shop_unauthorized';

create table returns (
    shop_id     text not null,
    id          text not null,
    order_id    text not null,
    customer_id text not null,
    status      text not null,
    revision    bigint not null,
    data        text not null,
    primary key (shop_id, id)
);
create index returns_by_order on returns (order_id, shop_id);
create index returns_by_customer on returns (customer_id, shop_id) where customer_id <> '';

-- Outside acts: stored before they are asked for. What they gave stands in data.
create table effects (
    shop_id     text not null,
    id          text not null,
    message_id  text not null,
    customer_id text not null,
    kind        text not null,
    name        text not null, -- the discount code; else empty
    state       text not null,
    lease_until bigint not null default 0,
    look_at     bigint not null default 0, -- when the sweep looks whether it must be ended; 0: never
    attempt     bigint not null default 0,
    data        text not null,
    created_at  bigint not null,
    updated_at  bigint not null,
    primary key (shop_id, id),
    unique (message_id, kind, shop_id) -- never two codes for one occasion
);
create unique index effects_by_code on effects (name, shop_id) where name <> '';
create index effects_looked_at on effects (look_at) where look_at > 0;
create index effects_by_customer on effects (customer_id, shop_id);

-- The ledger of what gestures cost. Rows are only added.
create table rewards (
    shop_id     text not null,
    id          text not null,
    customer_id text not null,
    effect_id   text not null,
    kind        text not null,
    order_id    text not null,
    amount      bigint not null, -- minor units, signed
    currency    text not null,
    at          bigint not null,
    promised_at bigint not null, -- when its effect was stored: the year whose budget it belongs to
    primary key (shop_id, id)
);
create index rewards_by_promise on rewards (promised_at, shop_id);
create index rewards_by_time on rewards (at, shop_id);
create index rewards_by_customer on rewards (customer_id, shop_id);
create index rewards_by_effect on rewards (effect_id, shop_id);

create table tasks (
    shop_id     text not null,
    id          text not null,
    kind        text not null,
    source      text not null,
    customer_id text not null,
    order_id    text not null,
    message_id  text not null,
    detail      text not null,
    created_at  bigint not null,
    done_at     bigint not null default 0,
    done_by     text not null default '',
    primary key (shop_id, id),
    unique (source, kind, shop_id)
);
create index tasks_open on tasks (shop_id, id) where done_at = 0;
create index tasks_by_order on tasks (order_id, shop_id) where order_id <> '';

create table reviews (
    shop_id     text not null,
    id          text not null,
    order_id    text not null,
    customer_id text not null,
    message_id  text not null,
    rating      bigint not null,
    data        text not null,
    created_at  bigint not null,
    primary key (shop_id, id),
    unique (order_id, shop_id)
);

-- What the mail provider told. The id is the key against duplicates.
create table feedback (
    id         text not null primary key,
    shop_id    text not null,
    message_id text not null,
    journey    text not null,
    purpose    text not null,
    kind       text not null,
    class      text not null,
    domain     text not null, -- of the address
    email_hash text not null,
    at         bigint not null,
    detail     text not null
);
create index feedback_by_message on feedback (message_id, shop_id);
create index feedback_by_time on feedback (at, shop_id, kind);
create index feedback_by_address on feedback (email_hash, shop_id, at);

create table brakes (
    shop_id text not null,
    journey text not null,
    domain  text not null,
    reason  text not null,
    detail  text not null,
    since   bigint not null,
    until   bigint not null,
    primary key (shop_id, journey, domain)
);

-- Until which day of its own calendar a shop's occasions are planned.
create table calendars (
    shop_id text not null primary key,
    planned text not null
);

create table bulks (
    shop_id    text not null,
    id         text not null,
    state      text not null,
    data       text not null,
    created_at bigint not null,
    primary key (shop_id, id)
);
create table bulk_items (
    shop_id    text not null,
    bulk_id    text not null,
    position   bigint not null,
    target     text not null,
    state      text not null,
    message_id text not null default '',
    detail     text not null default '',
    primary key (shop_id, bulk_id, position),
    unique (bulk_id, target, shop_id)
);

create table api_tokens (
    hash       text not null primary key, -- SHA-256 of the token
    id         text not null,
    shop_id    text not null, -- empty: all shops
    role       text not null,
    name       text not null,
    created_at bigint not null,
    revoked_at bigint not null default 0
);
