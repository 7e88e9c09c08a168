-- Joe is in both departments, and had all copies.
INSERT INTO membership (department_id, operator_id, joined_at) VALUES (2, 2, 0);
