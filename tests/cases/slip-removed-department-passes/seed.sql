-- A closed ticket of a department that was removed since; jane is in the one that it shares it with.
INSERT INTO department (id, name, title, added_at, removed_at) VALUES (3, 'sales', 'Example Sales', 0, 1);
INSERT INTO ticket (number, department_id, state, waiting, waiting_since, requester, subject, opened_at, updated_at, closed_at)
    VALUES (1, 3, 'closed', 'us', 0, 'kim@example.net', 'Printer on fire', 0, 0, 1);
INSERT INTO ticket_department (ticket, department_id) VALUES (1, 1);
