-- +goose Up

-- Who published a merchant's own text, and why; empty: the command line did.
alter table templates add column by_staff text not null default '';
alter table templates add column why text not null default '';

-- A text that somebody writes at: one for each mail and language, never sent. Its
-- revision counts what was saved, so that two who write at it are told.
create table drafts (
    shop_id    text not null,
    journey    text not null,
    locale     text not null,
    revision   bigint not null,
    base       bigint not null, -- the version that was in use when it was begun
    data       text not null,   -- JSON of the parts
    by_staff   text not null,
    updated_at bigint not null,
    primary key (shop_id, journey, locale)
);

-- What each gesture sent, for its page: counted in the index alone. The condition
-- is another than the one for the time: SQLite takes either for where to begin.
create index messages_sent_by_gesture on messages (shop_id, journey, sent_at) where sent_at <> 0;
