WITH RECURSIVE n (i) AS (SELECT 101 UNION ALL SELECT i + 1 FROM n WHERE i < 1101)
INSERT INTO operator (id, address, added_at) SELECT i, 'op' || i || '@example.com', 0 FROM n;
INSERT INTO operator_address (address, operator_id, position) SELECT address, id, 0 FROM operator WHERE id > 100;
INSERT INTO membership (department_id, operator_id, joined_at) SELECT 2, id, 0 FROM operator WHERE id > 100;
