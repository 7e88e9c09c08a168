-- What every case begins with: two departments, three operators, nothing else.
INSERT INTO department (id, name, title, added_at) VALUES
    (1, 'support', 'Example Support', 0), (2, 'accounting', 'Example Accounting', 0);
INSERT INTO role_address (address, department_id, is_primary) VALUES
    ('support@example.com', 1, 1), ('help@example.com', 1, 0), ('accounting@example.com', 2, 1);
INSERT INTO operator (id, address, name, login, added_at) VALUES
    (1, 'jane@example.com', 'Jane Operator', NULL, 0),
    (2, 'joe@example.com', 'Joe Operator', NULL, 0),
    (3, 'ann@example.com', 'Ann Accountant', 'ann-login', 0);
INSERT INTO operator_address (address, operator_id, position) VALUES
    ('jane@example.com', 1, 0), ('jane@home.example', 1, 1), ('joe@example.com', 2, 0),
    ('ann@example.com', 3, 0);
INSERT INTO membership (department_id, operator_id, joined_at) VALUES (1, 1, 0), (1, 2, 0), (2, 3, 0);
