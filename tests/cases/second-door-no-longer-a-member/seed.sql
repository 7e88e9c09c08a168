-- Ed was in support.
INSERT INTO operator (id, address, name, login, added_at) VALUES (9, 'ed@example.com', 'Ed Operator', NULL, 0);
INSERT INTO operator_address (address, operator_id, position) VALUES ('ed@example.com', 9, 0);
INSERT INTO membership (department_id, operator_id, joined_at, left_at) VALUES (1, 9, 0, 1);
