-- SPDX-License-Identifier: BSD-2-Clause
--
-- What Counterfoil itself sends: notices, and other versions of a message than the one that the
-- mail server delivers.

-- How long a customer waits for an answer, as in '4h', and when there is somebody who answers, as
-- in 'Mon-Fri 09:00-17:30 Europe/Berlin'. NULL: nothing is promised; always.
ALTER TABLE department ADD COLUMN expected TEXT;
ALTER TABLE department ADD COLUMN hours TEXT;

-- A department's own text for a kind of notice, where it does not use the one that is built in. An
-- empty one: it sends no such notice.
CREATE TABLE department_template (
    department_id INTEGER NOT NULL REFERENCES department (id),
    kind          TEXT    NOT NULL
                  CHECK (kind IN ('acknowledge', 'closed', 'moved', 'status', 'result', 'handover')),
    text          TEXT    NOT NULL, -- a line 'Subject: …', an empty line, and what it says
    PRIMARY KEY (department_id, kind)
) STRICT, WITHOUT ROWID;

-- From here on message.proof may stand with a customer's message, too: what a verifier wrote proves
-- From, and what they wrote may be told to them again. An operator's has operator_id as well.

-- The courier brought it, in the operators' version: the message itself was another version.
ALTER TABLE copy ADD COLUMN by_courier INTEGER NOT NULL DEFAULT 0 CHECK (by_courier IN (0, 1));

-- A mail to be handed to the mail server, written in the transaction of what caused it. A line stays
-- when it was: an answer to it may come.
CREATE TABLE outbox (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT    NOT NULL
               CHECK (kind IN ('acknowledge', 'closed', 'moved', 'status', 'result', 'handover',
                               'copy')),        -- copy: a version of message for operators
    ticket     INTEGER REFERENCES ticket (number),
    message    INTEGER REFERENCES message (number), -- which caused it; NULL: a typed command did
    at         INTEGER NOT NULL,
    sender     TEXT    NOT NULL, -- envelope sender; empty for <>
    message_id TEXT              -- its own; NULL of a copy, which bears the message's
) STRICT;
CREATE INDEX outbox_message_id ON outbox (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX outbox_ticket ON outbox (ticket);

-- To whom, and how far it got.
CREATE TABLE outbox_recipient (
    outbox     INTEGER NOT NULL REFERENCES outbox (number),
    address    TEXT    NOT NULL,
    state      TEXT    NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
    tries      INTEGER NOT NULL DEFAULT 0,
    next_at    INTEGER NOT NULL, -- not before then
    ended_at   INTEGER,          -- when it was sent, or failed for good
    reply      TEXT,             -- what the mail server said last, unless it took it
    counted_as TEXT,             -- of a kind that a stranger can cause: under which address it counts
    counted_at INTEGER,          -- … and from when
    PRIMARY KEY (outbox, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_recipient_due ON outbox_recipient (next_at) WHERE state = 'waiting';
CREATE INDEX outbox_recipient_counted ON outbox_recipient (counted_as, counted_at)
    WHERE counted_as IS NOT NULL;
CREATE INDEX outbox_recipient_counted_at ON outbox_recipient (counted_at)
    WHERE counted_as IS NOT NULL;

-- Its bytes, one piece after the other: literal ones, or those of a message of the archive from one
-- place on. They go when it was handed over to everybody, or failed.
CREATE TABLE outbox_piece (
    outbox   INTEGER NOT NULL REFERENCES outbox (number),
    position INTEGER NOT NULL,
    bytes    BLOB,
    message  INTEGER REFERENCES message (number),
    begin    INTEGER NOT NULL DEFAULT 0, -- the first byte of the message
    size     INTEGER NOT NULL,           -- how many bytes
    PRIMARY KEY (outbox, position),
    CHECK ((bytes IS NULL) <> (message IS NULL))
) STRICT, WITHOUT ROWID;

-- A command that asks about no ticket of its own (list, search, help) is a message of none. SQLite
-- takes no NOT NULL back in place, so that a new column takes the old one's name.
DROP VIEW v_message;
DROP VIEW v_ticket;
DROP INDEX message_ticket;
ALTER TABLE message ADD COLUMN of_ticket INTEGER REFERENCES ticket (number);
UPDATE message SET of_ticket = ticket;
ALTER TABLE message DROP COLUMN ticket;
ALTER TABLE message RENAME COLUMN of_ticket TO ticket; -- NULL: of none
CREATE INDEX message_ticket ON message (ticket, number);

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

-- What was merged into a ticket is part of its conversation.
CREATE INDEX ticket_merged ON ticket (merged_into) WHERE merged_into IS NOT NULL;
