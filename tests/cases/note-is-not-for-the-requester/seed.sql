INSERT INTO operator (id, address, name, added_at) VALUES (4, 'jim@example.com', 'Jim', 0);
INSERT INTO operator_address (address, operator_id, position) VALUES ('jim@example.com', 4, 0);
INSERT INTO membership (department_id, operator_id, joined_at) VALUES (1, 4, 0);
