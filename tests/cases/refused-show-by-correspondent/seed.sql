INSERT INTO ticket (number, department_id, waiting, waiting_since, requester, subject, opened_at, updated_at) VALUES (2, 1, 'us', 1, 'kim@example.net', 'Two', 1, 1);
INSERT INTO correspondent (ticket, address) VALUES (2, 'jane@home.example');
