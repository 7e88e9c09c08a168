INSERT INTO operator (id, address, added_at) VALUES (9, 'jürgen@example.com', 0);
INSERT INTO operator_address VALUES ('jürgen@example.com', 9, 0);
INSERT INTO membership VALUES (1, 9, 0, NULL);
