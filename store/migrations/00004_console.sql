-- +goose Up

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
