-- SPDX-License-Identifier: BSD-2-Clause
-- The people and tickets of tests/pairs. Now is Monday 2 March 2026, 10:00 UTC: 1772445600000.

-- Two departments that share some tickets, one without anybody, one that takes no requests.
INSERT INTO department (id, name, title, added_at, closed) VALUES
    (1, 'support', 'Example Support', 0, NULL),
    (2, 'accounting', 'Example Accounting', 0, NULL),
    (3, 'night', 'Example Night', 0, NULL),
    (4, 'shop', 'Example Shop', 0, 'the shop is closed');
INSERT INTO role_address (address, department_id, is_primary) VALUES
    ('support@example.com', 1, 1), ('help@example.com', 1, 0),
    ('accounting@example.com', 2, 1), ('night@example.com', 3, 1), ('shop@example.com', 4, 1);

-- Mel was moved from support to accounting, Ned is in no department, Rita asks her own.
INSERT INTO operator (id, address, name, login, added_at) VALUES
    (1, 'jane@example.com', 'Jane Operator', NULL, 0),
    (2, 'joe@example.com', 'Joe Operator', NULL, 0),
    (3, 'ann@example.com', 'Ann Accountant', 'ann-login', 0),
    (4, 'mel@example.com', 'Mel Moved', NULL, 0),
    (5, 'ned@example.com', 'Ned Nowhere', NULL, 0),
    (6, 'rita@example.com', 'Rita Requester', NULL, 0),
    (7, 'jürgen@example.com', 'Jürgen Shop', 'jsh', 0);
INSERT INTO operator_address (address, operator_id, position) VALUES
    ('jane@example.com', 1, 0), ('jane@home.example', 1, 1), ('joe@example.com', 2, 0),
    ('ann@example.com', 3, 0), ('mel@example.com', 4, 0), ('ned@example.com', 5, 0),
    ('rita@example.com', 6, 0), ('jürgen@example.com', 7, 0);
INSERT INTO membership (department_id, operator_id, joined_at, left_at) VALUES
    (1, 1, 1, NULL), (1, 2, 1, NULL), (1, 4, 1, 1772438400000), (1, 6, 1, NULL),
    (2, 3, 1, NULL), (2, 4, 1772438400000, NULL), (4, 7, 1, NULL);

-- whose test tickets; 20 days, 1 day, 60 days before now are 1770717600000, 1772359200000,
-- 1767261600000.
INSERT INTO ticket (number, department_id, state, waiting, waiting_since, requester, requester_name,
                    assignee_id, subject, opened_at, updated_at, closed_at) VALUES
    (1, 1, 'open', 'us', 1770717600000, 'kim@example.net', 'Kim Customer', NULL, 'Printer',
     1770717600000, 1770717600000, NULL),
    (2, 1, 'closed', 'us', 1770717600000, 'kim@example.net', 'Kim Customer', NULL, 'Printer',
     1770717600000, 1772359200000, 1772359200000),
    (3, 1, 'closed', 'us', 1767261600000, 'kim@example.net', 'Kim Customer', NULL, 'Printer',
     1767261600000, 1767261600000, 1767261600000),
    (4, 1, 'open', 'customer', 1770717600000, 'zoe@example.org', 'Zoe Other', 2, 'Printer',
     1770717600000, 1770717600000, NULL),
    (5, 2, 'open', 'us', 1770717600000, 'kim@example.net', 'Kim Customer', NULL, 'Printer',
     1770717600000, 1770717600000, NULL),
    (6, 2, 'open', 'us', 1770717600000, 'zoe@example.org', 'Zoe Other', NULL, 'Printer',
     1770717600000, 1770717600000, NULL),
    (8, 1, 'open', 'us', 1770717600000, 'zoe@example.org', 'Zoe Other', NULL, 'Printer',
     1770717600000, 1770717600000, NULL),
    (7, 1, 'closed', 'us', 1770717600000, 'kim@example.net', 'Kim Customer', NULL, 'Printer',
     1770717600000, 1772359200000, 1772359200000),
    (10, 1, 'open', 'us', 1772359200000, 'kim@example.net', 'Kim Customer', NULL, 'Printer',
     1772359200000, 1772359200000, NULL),
    (9, 1, 'closed', 'us', 1767261600000, 'kim@example.net', 'Kim Customer', NULL, 'Printer',
     1767261600000, 1767261600000, 1767261600000),
    (11, 1, 'open', 'us', 1770717600000, 'kim@example.net', 'Kim Customer', NULL, 'Printer',
     1770717600000, 1770717600000, NULL),
    (12, 1, 'open', 'us', 1770717600000, 'rita@example.com', 'Rita Requester', NULL, 'Printer',
     1770717600000, 1770717600000, NULL),
    (13, 1, 'open', 'us', 1770717600000, 'kim@example.net', 'Kim Customer', 1, 'Printer',
     1770717600000, 1770717600000, NULL),
    (14, 1, 'open', 'us', 1770717600000, NULL, NULL, NULL, 'Printer',
     1770717600000, 1770717600000, NULL),
    (15, 3, 'open', 'us', 1770717600000, 'kim@example.net', 'Kim Customer', NULL, 'Printer',
     1770717600000, 1770717600000, NULL),
    (16, 4, 'open', 'us', 1770717600000, 'kim@example.net', 'Kim Customer', NULL, 'Printer',
     1770717600000, 1770717600000, NULL),
    (17, 1, 'closed', 'us', 1770717600000, 'moe@junk.example', 'Moe', NULL, 'Cheap printers',
     1770717600000, 1770717600000, 1770717600000),
    (18, 1, 'open', 'us', 1770717600000, 'jane@home.example', 'Jane', NULL, 'Printer',
     1770717600000, 1770717600000, NULL);
UPDATE ticket SET merged_into = 8 WHERE number = 7;
UPDATE ticket SET continued_in = 10 WHERE number = 9;
UPDATE ticket SET is_spam = 1 WHERE number = 17;
INSERT INTO ticket_department (ticket, department_id) VALUES (13, 2);
INSERT INTO correspondent (ticket, address, name) VALUES
    (1, 'kay@example.net', 'Kay Colleague'), (1, 'lee@example.org', 'Lee'),
    (8, 'kim@example.net', 'Kim Customer'), (12, 'lee@example.org', 'Lee');

-- One message each, and one of a stranger on 11. Mel had copies of what support had then.
INSERT INTO message (number, ticket, kind, at, sender, author, subject, message_id, body_text,
                     malformed, size, sha256, same_sha256, body_sha256)
    SELECT number, number, 'request', opened_at, coalesce(requester, ''), requester, subject,
           't' || number || '@example.net', 'Printer on fire', 0, 1, randomblob(32),
           randomblob(32), randomblob(32)
    FROM ticket;
INSERT INTO message (number, ticket, kind, at, sender, author, subject, message_id, body_text,
                     malformed, size, sha256, same_sha256, body_sha256) VALUES
    (20, 11, 'followup', 1770804000000, 'stan@stranger.example', 'stan@stranger.example',
     'Printer', 'stan-1@stranger.example', 'Me too', 0, 1, randomblob(32), randomblob(32),
     randomblob(32));
-- What was said inside is on every ticket; kim had an answer on the shared one, lee on rita's.
INSERT INTO message (number, ticket, kind, at, sender, author, operator_id, proof, subject,
                     message_id, body_text, malformed, size, sha256, same_sha256, body_sha256)
    SELECT number + 100, number, 'note', opened_at + 60000, 'joe@example.com', 'joe@example.com', 2,
           'login', 'Re: [note] Canary', 'note' || number || '@example.com', 'Canary', 0, 1,
           randomblob(32), randomblob(32), randomblob(32)
    FROM ticket;
INSERT INTO event (at, kind, ticket, actor, detail)
    SELECT opened_at + 60000, 'note', number, 'root', 'Canary' FROM ticket;
INSERT INTO message (number, ticket, kind, at, sender, author, operator_id, proof, subject,
                     message_id, body_text, malformed, size, sha256, same_sha256, body_sha256)
VALUES
    (201, 13, 'answer', 1770804000000, 'jane@example.com', 'jane@example.com', 1, 'login',
     'Re: Printer', 'a13@example.com', 'Water', 0, 1, randomblob(32), randomblob(32),
     randomblob(32)),
    (202, 12, 'answer', 1770804000000, 'joe@example.com', 'joe@example.com', 2, 'login',
     'Re: Printer', 'a12@example.com', 'Water', 0, 1, randomblob(32), randomblob(32),
     randomblob(32));
INSERT INTO copy (message, address, role, at) VALUES
    (201, 'kim@example.net', 'support@example.com', 1770804000000),
    (202, 'lee@example.org', 'support@example.com', 1770804000000);
INSERT INTO event (at, kind, ticket, message, actor) VALUES
    (1770804000000, 'stranger', 11, 20, 'stan@stranger.example');
INSERT INTO copy (message, address, role, operator_id, at)
    SELECT message.number, operator.address, role_address.address, operator.id, message.at
    FROM message
    JOIN ticket ON ticket.number = message.ticket
    JOIN role_address ON role_address.department_id = ticket.department_id AND is_primary
    JOIN membership ON membership.department_id = ticket.department_id
    JOIN operator ON operator.id = membership.operator_id
    WHERE joined_at <= message.at;

-- Kim's company has a ticketing system of its own.
INSERT INTO foreign_tag (domain, tag, ticket) VALUES ('example.net', '[other #7]', 1);
