INSERT INTO operator (id, address, name, added_at) VALUES (4, 'abe@example.com', 'Abe Accountant', 0);
INSERT INTO operator_address (address, operator_id, position) VALUES ('abe@example.com', 4, 0);
INSERT INTO membership (department_id, operator_id, joined_at) VALUES (2, 4, 0);
