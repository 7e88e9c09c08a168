INSERT INTO department_template (department_id, kind, text) VALUES (1, 'status', '');
