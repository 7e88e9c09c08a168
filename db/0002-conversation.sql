-- SPDX-License-Identifier: BSD-2-Clause
--
-- The whole conversation: settings of a department, tickets that lead to others, tags of other
-- people's ticketing systems.

-- Who joins a ticket by standing in To or Cc: anybody ('cc'), only people who wrote ('writers'),
-- nobody but the requester ('requester').
ALTER TABLE department ADD COLUMN correspondents TEXT NOT NULL DEFAULT 'cc'
    CHECK (correspondents IN ('cc', 'writers', 'requester'));
-- For how long after closing an answer reopens a ticket; later it opens another.
ALTER TABLE department ADD COLUMN reopen_ms INTEGER NOT NULL DEFAULT 2592000000
    CHECK (reopen_ms >= 0);
-- What a refused request is told; NULL while the department is open.
ALTER TABLE department ADD COLUMN closed TEXT;
-- What becomes of mail that is marked as spam.
ALTER TABLE department ADD COLUMN spam TEXT NOT NULL DEFAULT 'copy'
    CHECK (spam IN ('copy', 'log', 'refuse'));

-- Where mail to this ticket's ID goes instead: for ever after a merge; as long as the successor is
-- open after a new ticket took over from a closed one.
ALTER TABLE ticket ADD COLUMN merged_into INTEGER REFERENCES ticket (number);
ALTER TABLE ticket ADD COLUMN continued_in INTEGER REFERENCES ticket (number);
-- An operator said that it is spam: further mail of its requester is marked.
ALTER TABLE ticket ADD COLUMN is_spam INTEGER NOT NULL DEFAULT 0 CHECK (is_spam IN (0, 1));

-- A tag such as [Other #7] that a message of a ticket bore, and the domain it came from: the next
-- one from there that bears it is of that ticket, too.
CREATE TABLE foreign_tag (
    domain TEXT    NOT NULL,
    tag    TEXT    NOT NULL, -- in lower case, with its brackets
    ticket INTEGER NOT NULL REFERENCES ticket (number),
    PRIMARY KEY (domain, tag, ticket)
) STRICT, WITHOUT ROWID;
