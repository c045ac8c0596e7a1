-- +goose Up

-- Each mail as it was handed to the mailer, of the newest try. It is personal data,
-- and goes wherever its message goes.
create table mails (
    shop_id          text not null,
    message_id       text not null,
    attempt          bigint not null,
    at               bigint not null,
    template_version bigint not null, -- of the merchant's own text; 0: built-in
    locale           text not null,
    data             bytea not null,  -- JSON: subject, both bodies, addresses, headers; packed with Zstandard
    primary key (shop_id, message_id)
);

-- What the lists of messages and webhooks walk, beside what 00011 makes.
create index messages_cancelled on messages (shop_id, updated_at, id) where updated_at <> 0 and state = 'cancelled';
create index messages_by_webhook on messages (webhook_id, shop_id) where webhook_id <> '';
