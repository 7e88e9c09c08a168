-- SPDX-License-Identifier: BSD-2-Clause
--
-- Counterfoil's record: who is in which department, every ticket, every message, and what was
-- done with it. Times are milliseconds since 1970-01-01 UTC. Addresses are in normal form: no
-- brackets, quotes or comments, lower case. A released file is never edited; a change is the
-- next file.

-- The site, made by `counterfoil init`: exactly one row.
CREATE TABLE site (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    tag           TEXT    NOT NULL CHECK (length(tag) BETWEEN 1 AND 24), -- as in [TAG #1-ABCDE]
    postmaster    TEXT    NOT NULL, -- gets what nobody else would get
    instance      TEXT    NOT NULL, -- random: whose loop stamp it is
    key_mark      BLOB    NOT NULL CHECK (length(key_mark) = 32), -- tells the key from another
    roles_version INTEGER NOT NULL DEFAULT 0 -- counts the changes of role_address
) STRICT;

-- A department: what a role address belongs to. One that was removed keeps its row, since old
-- tickets were its own.
CREATE TABLE department (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL CHECK (name <> ''),        -- support
    title      TEXT    NOT NULL CHECK (title <> ''),       -- Example Support
    from_name  TEXT    NOT NULL DEFAULT '%{title}',        -- From name of an answer
    via_name   TEXT    NOT NULL DEFAULT '%{name} via %{title}', -- From name of operators' copies
    follow_up  TEXT    NOT NULL DEFAULT 'everyone' CHECK (follow_up IN ('everyone', 'assignee')),
    assign     TEXT    NOT NULL DEFAULT 'first-reply' CHECK (assign IN ('no', 'first-reply')),
    added_at   INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX department_name ON department (name COLLATE NOCASE) WHERE removed_at IS NULL;

-- The published addresses of a department. One of them is its primary and speaks for it.
CREATE TABLE role_address (
    address       TEXT    PRIMARY KEY, -- support@example.com
    department_id INTEGER NOT NULL REFERENCES department (id),
    is_primary    INTEGER NOT NULL DEFAULT 0 CHECK (is_primary IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX role_address_primary ON role_address (department_id) WHERE is_primary = 1;
CREATE INDEX role_address_department ON role_address (department_id);

-- A reader that keeps the role addresses in memory looks at one number to see if they changed.
CREATE TRIGGER role_address_added AFTER INSERT ON role_address BEGIN
    UPDATE site SET roles_version = roles_version + 1;
END;
CREATE TRIGGER role_address_changed AFTER UPDATE ON role_address BEGIN
    UPDATE site SET roles_version = roles_version + 1;
END;
CREATE TRIGGER role_address_removed AFTER DELETE ON role_address BEGIN
    UPDATE site SET roles_version = roles_version + 1;
END;

-- A person of this site who answers. One who was removed keeps the row, since messages were
-- theirs, and loses the addresses.
CREATE TABLE operator (
    id         INTEGER PRIMARY KEY,
    address    TEXT    NOT NULL, -- the first address: what they are called in lists and events
    name       TEXT,             -- Jane Doe
    login      TEXT,             -- SMTP AUTH login; without one, the address or its local part
    added_at   INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX operator_login ON operator (login COLLATE NOCASE) WHERE removed_at IS NULL;

-- Every address an operator writes from. Copies go to the one at position 0.
CREATE TABLE operator_address (
    address     TEXT    PRIMARY KEY,
    operator_id INTEGER NOT NULL REFERENCES operator (id),
    position    INTEGER NOT NULL CHECK (position >= 0),
    UNIQUE (operator_id, position)
) STRICT, WITHOUT ROWID;

-- Who was in which department from when to when; left_at is NULL as long as they are.
CREATE TABLE membership (
    department_id INTEGER NOT NULL REFERENCES department (id),
    operator_id   INTEGER NOT NULL REFERENCES operator (id),
    joined_at     INTEGER NOT NULL,
    left_at       INTEGER
) STRICT;
CREATE UNIQUE INDEX membership_now ON membership (department_id, operator_id)
    WHERE left_at IS NULL;
CREATE INDEX membership_ever ON membership (operator_id, department_id);

-- A conversation. A number is never used again.
CREATE TABLE ticket (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    department_id  INTEGER NOT NULL REFERENCES department (id), -- the owner
    state          TEXT    NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    waiting        TEXT    NOT NULL CHECK (waiting IN ('us', 'customer')), -- whose turn it is
    waiting_since  INTEGER NOT NULL,
    requester      TEXT, -- NULL where nobody was proven to have asked
    requester_name TEXT,
    assignee_id    INTEGER REFERENCES operator (id),
    subject        TEXT    NOT NULL, -- decoded, without reply prefixes and ID
    opened_at      INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    closed_at      INTEGER
) STRICT;
CREATE INDEX ticket_open ON ticket (department_id, waiting_since) WHERE state = 'open';
CREATE INDEX ticket_requester ON ticket (requester);
CREATE INDEX ticket_assignee ON ticket (assignee_id) WHERE assignee_id IS NOT NULL;

-- Further departments of a ticket, besides its owner.
CREATE TABLE ticket_department (
    ticket        INTEGER NOT NULL REFERENCES ticket (number),
    department_id INTEGER NOT NULL REFERENCES department (id),
    PRIMARY KEY (ticket, department_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_department_department ON ticket_department (department_id);

-- People besides the requester who get the answers.
CREATE TABLE correspondent (
    ticket  INTEGER NOT NULL REFERENCES ticket (number),
    address TEXT    NOT NULL,
    name    TEXT,
    PRIMARY KEY (ticket, address)
) STRICT, WITHOUT ROWID;

-- One mail, as it came. Its bytes are in message_piece.
CREATE TABLE message (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket      INTEGER NOT NULL REFERENCES ticket (number),
    kind        TEXT    NOT NULL
                CHECK (kind IN ('request', 'followup', 'answer', 'note', 'command', 'auto',
                                'bounce')),
    at          INTEGER NOT NULL, -- when it was recorded
    sender      TEXT    NOT NULL, -- envelope sender; empty for <>
    author      TEXT,             -- the address in From; NULL where there is none
    author_name TEXT,
    operator_id INTEGER REFERENCES operator (id), -- who wrote it, where an operator was proven
    proof       TEXT    CHECK (proof IN ('login', 'network', 'local')), -- how
    login       TEXT,             -- SMTP AUTH login of the session
    client      TEXT,             -- address of the SMTP client
    queue_id    TEXT,             -- the MTA's, to find it in its log
    subject     TEXT,             -- decoded; NULL where there is no Subject
    message_id  TEXT,             -- without angle brackets; NULL where there is none
    sent_at     INTEGER,          -- its Date
    body_text   TEXT    NOT NULL, -- what can be read in it, UTF-8
    malformed   INTEGER NOT NULL CHECK (malformed IN (0, 1)), -- could not be parsed as it claims
    size        INTEGER NOT NULL, -- bytes
    sha256      BLOB    NOT NULL CHECK (length(sha256) = 32), -- of all bytes
    same_sha256 BLOB    NOT NULL CHECK (length(same_sha256) = 32), -- without this host's Received
    body_sha256 BLOB    NOT NULL CHECK (length(body_sha256) = 32)  -- of the body alone
) STRICT;
CREATE INDEX message_ticket ON message (ticket, number);
CREATE INDEX message_message_id ON message (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX message_same ON message (same_sha256, at);

-- The raw bytes, in pieces of at most 256 KiB: all bytes of all pieces in order are the message.
CREATE TABLE message_piece (
    message INTEGER NOT NULL REFERENCES message (number),
    piece   INTEGER NOT NULL CHECK (piece >= 0),
    bytes   BLOB    NOT NULL,
    PRIMARY KEY (message, piece)
) STRICT;

-- The envelope's recipients, in order, as they were given.
CREATE TABLE recipient (
    message  INTEGER NOT NULL REFERENCES message (number),
    position INTEGER NOT NULL,
    address  TEXT    NOT NULL,
    role     TEXT, -- its normal form where it is a role address, NULL for anybody else
    PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;

-- Whom a message was handed to, and under which role address.
CREATE TABLE copy (
    message     INTEGER NOT NULL REFERENCES message (number),
    address     TEXT    NOT NULL,
    role        TEXT    NOT NULL,
    operator_id INTEGER REFERENCES operator (id), -- NULL for the people of the ticket
    at          INTEGER NOT NULL,
    PRIMARY KEY (message, address)
) STRICT, WITHOUT ROWID;

-- Each time that a message was handed over for a role address it was sent to: the first time,
-- and the sender's retries.
CREATE TABLE handing_over (
    message INTEGER NOT NULL REFERENCES message (number),
    role    TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX handing_over_message ON handing_over (message, role, at);

-- What hangs on a message: names, types and sizes. The bytes are in the message.
CREATE TABLE attachment (
    message  INTEGER NOT NULL REFERENCES message (number),
    position INTEGER NOT NULL,
    name     TEXT,
    type     TEXT    NOT NULL, -- image/png
    size     INTEGER NOT NULL, -- decoded bytes
    PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;

-- What was done: a line of a ticket's history, or of the site's.
CREATE TABLE event (
    id            INTEGER PRIMARY KEY,
    at            INTEGER NOT NULL,
    kind          TEXT    NOT NULL, -- opened, assigned, closed, joined …
    ticket        INTEGER REFERENCES ticket (number),
    department_id INTEGER REFERENCES department (id),
    message       INTEGER REFERENCES message (number), -- by which message, if by one
    actor         TEXT,             -- an address, or the login of who typed a command
    detail        TEXT
) STRICT;
CREATE INDEX event_ticket ON event (ticket, at);

-- For people who query by hand.

CREATE VIEW v_member AS
SELECT department.name AS department, operator.address AS operator, operator.name AS name,
       membership.joined_at AS joined_at, membership.left_at AS left_at
FROM membership
JOIN department ON department.id = membership.department_id
JOIN operator ON operator.id = membership.operator_id;

CREATE VIEW v_ticket AS
SELECT ticket.number AS number, department.name AS department, ticket.state AS state,
       CASE ticket.state WHEN 'open' THEN ticket.waiting END AS waiting,
       CASE ticket.state WHEN 'open' THEN ticket.waiting_since END AS waiting_since,
       ticket.requester AS requester, operator.address AS assignee, ticket.subject AS subject,
       ticket.opened_at AS opened_at, ticket.updated_at AS updated_at,
       ticket.closed_at AS closed_at,
       (SELECT count(*) FROM message WHERE message.ticket = ticket.number) AS messages
FROM ticket
JOIN department ON department.id = ticket.department_id
LEFT JOIN operator ON operator.id = ticket.assignee_id;

CREATE VIEW v_message AS
SELECT message.number AS number, message.ticket AS ticket, message.kind AS kind,
       message.at AS at, message.author AS author, operator.address AS operator,
       message.subject AS subject, message.message_id AS message_id, message.size AS size,
       (SELECT count(*) FROM copy WHERE copy.message = message.number) AS copies
FROM message
LEFT JOIN operator ON operator.id = message.operator_id;
