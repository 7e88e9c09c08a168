INSERT INTO membership (department_id, operator_id, joined_at) VALUES (2, 1, 0);
