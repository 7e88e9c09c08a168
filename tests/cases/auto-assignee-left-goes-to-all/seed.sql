INSERT INTO operator (id, address, name, added_at) VALUES (4, 'leo@example.com', 'Leo', 0);
INSERT INTO operator_address VALUES ('leo@example.com', 4, 0);
INSERT INTO ticket (number, department_id, state, waiting, waiting_since, requester, assignee_id, subject, opened_at, updated_at, closed_at) VALUES (1, 1, 'open', 'customer', 1772000000000, 'kim@example.net', 4, 'Printer on fire', 1772000000000, 1772000000000, NULL);
