-- Ticket 1, closed 31 days ago.
INSERT INTO ticket (number, department_id, state, waiting, waiting_since, requester, subject, opened_at, updated_at, closed_at)
    VALUES (1, 1, 'closed', 'us', 0, 'kim@example.net', 'Printer on fire', 0, 0, 1769767200000);
CREATE TRIGGER later AFTER INSERT ON message WHEN new.number = 1 BEGIN
    UPDATE ticket SET state = 'closed', closed_at = 1772440000000 WHERE number = 2;
END;
