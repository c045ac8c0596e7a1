-- +goose Up

-- How customers are found: a row for each word of a name, for the address, and
-- for what lists are narrowed by (customer_words.go). Words are bytes, folded, so
-- that both engines sort them alike, whatever the collation. Rows are made with
-- the customer; those of customers who were here before, by the chore "search".
create table customer_words (
    shop_id     text not null,
    word        bytea not null,
    place       bigint not null,          -- the newest customer first: minus when she came to be
    customer_id text not null,
    email_hash  text not null default '', -- of her address; only in the row that lists her
    primary key (shop_id, word, place, customer_id)
);
create index customer_words_of_customer on customer_words (customer_id, word, shop_id);
create index customer_words_by_hash on customer_words (email_hash, shop_id) where email_hash <> '';

insert into chores (shop_id, kind, due_at, data) select id, 'search', 1, '{}' from shops;

-- What a customer allowed, and who told it. Rows are only added, and go with her.
create table consents (
    shop_id     text not null,
    id          text not null, -- con_...
    customer_id text not null,
    source      text not null, -- platform, page, staff, provider
    old         text not null, -- crm.ConsentState; empty: never told
    new         text not null,
    level       text not null, -- of the new one
    wording     text not null, -- version of the text that she agreed to, where it is ours
    actor       text not null, -- who of staff
    evidence    text not null, -- where and how she said so, in the words of staff
    told_at     bigint not null, -- when she decided
    at          bigint not null, -- when it was stored
    primary key (shop_id, id)
);
create index consents_by_customer on consents (customer_id, id, shop_id);

-- One customer's newest, without a look at all of hers.
drop index orders_by_customer;
create index orders_by_customer on orders (customer_id, created_at, shop_id);
drop index messages_by_customer;
create index messages_by_customer on messages (customer_id, id, shop_id);
create index tasks_by_customer on tasks (customer_id, shop_id) where customer_id <> '';
create index audit_by_target on audit (target, seq, shop_id) where target <> '';
