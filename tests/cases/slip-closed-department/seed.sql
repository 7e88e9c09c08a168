-- A ticket under way in a department that was closed since.
UPDATE department SET closed = 'write to help@example.org' WHERE id = 1;
INSERT INTO ticket (number, department_id, state, waiting, waiting_since, requester, subject, opened_at, updated_at)
    VALUES (1, 1, 'open', 'us', 0, 'kim@example.net', 'Printer on fire', 0, 0);
