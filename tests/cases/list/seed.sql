INSERT INTO ticket (number, department_id, state, waiting, waiting_since, requester, assignee_id,
                    subject, opened_at, updated_at) VALUES
    (11, 1, 'open', 'us', 1772445600000 - 25 * 60000, 'kim@example.net', 1, 'Printer on fire', 0, 0),
    (12, 1, 'open', 'customer', 1772445600000 - 86400000 * 12, 'lee@example.org', 1, 'Toner', 0, 0),
    (13, 1, 'open', 'us', 1772445600000 - 3600000 * 3, 'max@example.org', NULL, 'Größe der Schrift', 0, 0),
    (14, 1, 'open', 'us', 1772445600000 - 3600000 * 47, NULL, NULL, '(no subject)', 0, 0),
    (15, 1, 'open', 'us', 1772445600000 - 3600000 * 48, 'zoe@example.org', 2, 'Joe has this', 0, 0),
    (16, 1, 'open', 'customer', 1772445600000 - 3600000, 'zoe@example.org', 2, 'CANARY: waits for the customer', 0, 0),
    (17, 2, 'open', 'us', 1772445600000 - 3600000, 'kim@example.net', 3, 'Invoice, shared with support', 0, 0),
    (18, 2, 'open', 'us', 1772445600000 - 3600000, 'kim@example.net', NULL, 'Accounting alone', 0, 0);
INSERT INTO ticket (number, department_id, state, waiting, waiting_since, requester, assignee_id,
                    subject, opened_at, updated_at, closed_at) VALUES
    (19, 1, 'closed', 'us', 1, 'kim@example.net', 1, 'Printer was closed', 0, 0, 1772359200000);
INSERT INTO ticket_department (ticket, department_id) VALUES (17, 1);
INSERT INTO correspondent (ticket, address, name) VALUES (12, 'ivy@example.org', 'Ivy Printerson');
