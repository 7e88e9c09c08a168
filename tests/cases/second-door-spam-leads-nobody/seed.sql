UPDATE department SET spam = 'refuse';
-- Ticket 1, closed 31 days ago.
INSERT INTO ticket (number, department_id, state, waiting, waiting_since, requester, subject, opened_at, updated_at, closed_at)
    VALUES (1, 1, 'closed', 'us', 0, 'kim@example.net', 'Printer on fire', 0, 0, 1769767200000);
