-- Ticket 1 was called spam.
INSERT INTO ticket (number, department_id, state, waiting, waiting_since, requester, subject, opened_at, updated_at, closed_at, is_spam)
    VALUES (1, 1, 'closed', 'us', 0, 'kim@example.net', 'Buy now', 0, 0, 1, 1);
