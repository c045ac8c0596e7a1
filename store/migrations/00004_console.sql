-- The console: its staff, what they do, and what its pages list and count. What was
-- there before gets columns (templates, tasks, orders, effects) and indexes; some of
-- those are made anew. Customers are found by their words once the chore "search"
-- has filled them in.

-- +goose Up

-- ---- Staff, and who did what.

-- Who logs in. What staff may do in which shop stands in members.
create table staff (
    id            text not null primary key, -- stf_...
    email         text not null,             -- empty: known by an identity alone
    email_key     text not null,
    name          text not null,
    locale        text not null,             -- of the console; empty: the browser's
    password      text not null default '',  -- argon2id in its usual form; empty: none
    totp          bytea,                     -- sealed secret of RFC 6238; null: none
    totp_step     bigint not null default 0, -- the newest time step that was used: none is good twice
    removed_at    bigint not null default 0,
    created_at    bigint not null,
    updated_at    bigint not null
);
create unique index staff_by_email on staff (email_key) where email_key <> '';

create table members (
    staff_id   text not null,
    shop_id    text not null, -- empty: all shops
    role       text not null,
    gift_limit text not null default '', -- what one gift of hers may be worth without somebody's yes, 25.00; empty: no limit of her own
    created_at bigint not null,
    primary key (staff_id, shop_id)
);
create index members_by_shop on members (shop_id, staff_id);

-- Who is signed in, or about to. The cookie holds what the hash is of.
create table sessions (
    hash       text not null primary key, -- SHA-256
    id         text not null,             -- ses_...
    staff_id   text not null,             -- empty: not known yet
    stage      text not null,             -- in, or what is asked next: totp, passkey, oidc
    data       bytea,                     -- sealed: what that step needs to know
    agent      text not null,             -- the browser's own word
    created_at bigint not null,
    seen_at    bigint not null,
    until      bigint not null
);
create unique index sessions_by_id on sessions (id);
create index sessions_by_staff on sessions (staff_id, created_at);
create index sessions_by_end on sessions (until);

create table passkeys (
    id         text not null primary key, -- the credential's
    staff_id   text not null,
    name       text not null,
    data       text not null,
    created_at bigint not null,
    used_at    bigint not null default 0
);
create index passkeys_by_staff on passkeys (staff_id, created_at);

-- What lets somebody in whose second factor is lost, each good once.
create table recovery_codes (
    staff_id text not null,
    hash     text not null, -- SHA-256; a code has 80 random bits
    primary key (staff_id, hash)
);

-- Staff as others vouch for them: an OIDC issuer, or the admin of a shop's platform.
create table identities (
    issuer     text not null,
    subject    text not null,
    staff_id   text not null,
    created_at bigint not null,
    primary key (issuer, subject)
);
create index identities_by_staff on identities (staff_id);

create table invitations (
    hash       text not null primary key, -- SHA-256 of what stands in the link
    id         text not null,             -- inv_...
    email      text not null,             -- empty: the first of the staff, who says it herself
    staff_id   text not null default '',  -- whose way in is made anew; empty: somebody who is to come
    shop_id    text not null,             -- empty: all shops
    role       text not null,             -- empty where staff_id is not
    gift_limit text not null default '',
    invited_by text not null,
    created_at bigint not null,
    until      bigint not null
);
create index invitations_by_shop on invitations (shop_id, created_at);

-- Tries to sign in that were not right, by what a limit is about: an account, an
-- address, both. Of the name stands a keyed hash.
create table attempts (
    name  text not null primary key,
    count bigint not null,
    until bigint not null, -- none before that
    at    bigint not null  -- the newest
);
create index attempts_by_time on attempts (at);

-- Who did what, when and why. Rows are only added; each holds the hash of the one
-- before. Customers are named by id alone.
create table audit (
    shop_id  text not null, -- empty: the installation
    seq      bigint not null,
    at       bigint not null,
    staff_id text not null,
    actor    text not null,
    action   text not null,
    target   text not null,
    why      text not null,
    detail   text not null,
    previous text not null,
    hash     text not null,
    primary key (shop_id, seq)
);
create table audit_heads (
    shop_id text not null primary key,
    seq     bigint not null,
    hash    text not null
);

-- ---- Mails as they were sent.

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

-- What the lists of messages and webhooks walk, beside what today counts by.
create index messages_cancelled on messages (shop_id, updated_at, id) where updated_at <> 0 and state = 'cancelled';
create index messages_by_webhook on messages (webhook_id, shop_id) where webhook_id <> '';

-- ---- Customers.

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

-- ---- The merchant's own texts.

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

-- ---- Staff's work: tasks, calls, packing.

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

-- ---- Today.

-- What the console counts: by day what was sent, what ended otherwise, what waits.
-- Here the shop may stand first: the conditions are written as no other statement
-- writes them, so that none is led here by the shop alone, and what counts is not
-- led elsewhere (decision 34).
create index messages_sent_by_time on messages (shop_id, sent_at) where sent_at <> 0;
create index messages_not_sent on messages (shop_id, state, updated_at, id) where '' || state in ('skipped', 'failed', 'unknown', 'bounced', 'complained');
create index messages_upcoming on messages (shop_id, due_at, journey, state) where '' || state = 'planned';
create index webhooks_failed on webhooks (shop_id, received_at) where '' || state = 'failed';

-- ---- By hand, returns, reviews, codes.

-- What the console's lists walk, from the newest on.

-- What staff asked for one by one; a bulk job has a list of its own. The text of a
-- note cannot look like the key: JSON writes its quotes with a backslash.
create index messages_by_hand on messages (shop_id, id) where ask <> '' and ask not like '%"bulk":%';
create index messages_for_approval on messages (shop_id, id) where state = 'planned' and reason = 'needs_approval';

create index bulk_items_by_state on bulk_items (bulk_id, state, position, shop_id);
create index returns_by_status on returns (status, shop_id, id);
create index reviews_by_rating on reviews (rating, shop_id, id);

-- Of discount codes: the journey that gives it, and how it stands; see crm.CodeStanding.
alter table effects add column journey text not null default '';
alter table effects add column standing text not null default ''; -- empty: no code
update effects set
    journey = coalesce((select m.journey from messages m where m.shop_id = effects.shop_id and m.id = effects.message_id), ''),
    standing = case
        when data like '%"uses":[{%' then 'used'
        when data like '%"ended":"expired"%' then 'expired'
        when data like '%"ended":"revoked"%' or state = 'undone' then 'revoked'
        when state = 'done' then 'works'
        when state = 'failed' then 'failed'
        else 'planned' end
    where kind = 'discount_code';
create index codes_by_shop on effects (shop_id, id) where standing <> '';
create index codes_by_standing on effects (standing, shop_id, id) where standing <> '';
create index codes_by_journey on effects (journey, shop_id, id) where standing <> '';
create index codes_by_journey_and_standing on effects (journey, standing, shop_id, id) where standing <> '';

-- What a year's gifts come to is summed in the index alone.
drop index rewards_by_promise;
create index rewards_by_promise on rewards (promised_at, shop_id, currency, kind, amount);

-- ---- The audit log, read.

-- Lines of one person, of one action, and of one day.
create index audit_by_actor on audit (shop_id, actor, seq);
create index audit_by_action on audit (shop_id, action, seq);
create index audit_by_time on audit (shop_id, at, seq);
