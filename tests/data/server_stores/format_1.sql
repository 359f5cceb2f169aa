BEGIN TRANSACTION;
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL, created REAL NOT NULL);
INSERT INTO "accounts" VALUES(1,'Ada','ada','hash of Ada''s',1.79596443427935242645e+09);
INSERT INTO "accounts" VALUES(2,'Bob','bob','hash of Bob''s',1.79596443427955746643e+09);
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, kind INTEGER NOT NULL, title TEXT NOT NULL, direct_key TEXT UNIQUE,
    creator INTEGER, client_id TEXT, last_seq INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL, UNIQUE (creator, client_id)) WITHOUT ROWID;
INSERT INTO "conversations" VALUES('c0',2,'Tea',NULL,NULL,NULL,2,2);
CREATE TABLE members (
    conversation_id TEXT NOT NULL REFERENCES conversations,
    account_id INTEGER NOT NULL REFERENCES accounts,
    read_seq INTEGER NOT NULL DEFAULT 0, revision INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation_id, account_id)) WITHOUT ROWID;
INSERT INTO "members" VALUES('c0',1,0,0);
INSERT INTO "members" VALUES('c0',2,0,0);
CREATE TABLE messages (
    conversation_id TEXT NOT NULL REFERENCES conversations, seq INTEGER NOT NULL,
    account_id INTEGER, sender TEXT NOT NULL, client_id TEXT, text TEXT NOT NULL,
    time_ms INTEGER NOT NULL, PRIMARY KEY (conversation_id, seq)) WITHOUT ROWID;
INSERT INTO "messages" VALUES('c0',1,1,'Ada','m1','one',1);
INSERT INTO "messages" VALUES('c0',2,2,'Bob','m2','二',2);
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO "meta" VALUES('revision',2);
INSERT INTO "meta" VALUES('server_id','745f34d81f1ae219');
CREATE TABLE sessions (
    token_hash BLOB PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts,
    device TEXT NOT NULL, created REAL NOT NULL, used REAL NOT NULL) WITHOUT ROWID;
INSERT INTO "sessions" VALUES(X'5D837174512C83DEDE1180D2DF16F3A2A4CC8E31DE28D4A4C6A59316C75FDDB7',1,'laptop',1.79596443427965688703e+09,1.79596443427965688703e+09);
CREATE INDEX members_by_account ON members (account_id);
CREATE UNIQUE INDEX messages_by_client_id ON messages (account_id, client_id)
    WHERE account_id IS NOT NULL;
COMMIT;
PRAGMA user_version = 1;
