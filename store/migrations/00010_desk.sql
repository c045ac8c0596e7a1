-- +goose Up

-- Who of staff does a task; empty: nobody yet.
alter table tasks add column taken_id text not null default '';
alter table tasks add column taken_by text not null default '';
create index tasks_done on tasks (shop_id, done_at) where done_at > 0;
create index tasks_open_by_customer on tasks (customer_id, shop_id) where done_at = 0 and customer_id <> '';

-- When all of an order was delivered, as far as was told; 0: not, or not known.
alter table orders add column delivered_at bigint not null default 0;
-- (<> and not >: SQLite would begin at 0, whatever else is asked of the time.)
create index orders_delivered on orders (shop_id, delivered_at) where delivered_at <> 0;

-- What is still to be packed, see ToPack: an order leaves it with its first parcel.
create index orders_to_pack on orders ((shop_id || ''), created_at) where counted
    and (data not like '%"fulfillments":%' or data like '%"status":"cancelled"%' or data like '%"status":"error"%' or data like '%"status":"failure"%');

-- Calls to customers about an order that arrived, at most one for each. Numbers
-- of telephones are not among it.
create table calls (
    shop_id     text not null,
    order_id    text not null,
    customer_id text not null,
    state       text not null,             -- open, again, or how it ended
    tries       bigint not null default 0,
    holder_id   text not null default '',  -- who of staff calls just now
    holder      text not null default '',
    lease_until bigint not null default 0,
    due_at      bigint not null,           -- of one that is open or to be tried again
    updated_at  bigint not null,
    primary key (shop_id, order_id)
);
create index calls_waiting on calls (due_at, shop_id) where state in ('open', 'again');
create index calls_by_customer on calls (customer_id, shop_id) where customer_id <> '';

create table call_tries (
    shop_id     text not null,
    order_id    text not null,
    n           bigint not null,
    customer_id text not null,
    outcome     text not null,
    note        text not null,
    staff_id    text not null,
    by_staff    text not null,
    at          bigint not null,
    primary key (shop_id, order_id, n)
);
create index call_tries_by_time on call_tries (shop_id, at);
create index call_tries_by_customer on call_tries (customer_id, shop_id) where customer_id <> '';

-- The owner's signature for printed cards, a PNG made here of what was sent.
create table signatures (
    shop_id    text not null primary key,
    image      bytea not null,
    updated_at bigint not null
);
