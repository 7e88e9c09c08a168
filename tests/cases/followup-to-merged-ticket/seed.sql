-- Ticket 1 is there already; what opens ticket 2 is merged into it at once.
INSERT INTO ticket (number, department_id, waiting, waiting_since, requester, subject, opened_at, updated_at)
    VALUES (1, 1, 'us', 0, 'lee@example.net', 'Smoke on the second floor', 0, 0);
INSERT INTO correspondent (ticket, address) VALUES (1, 'kim@example.net');
CREATE TRIGGER merge AFTER INSERT ON ticket WHEN new.number = 2 BEGIN
    UPDATE ticket SET merged_into = 1, state = 'closed', closed_at = 1 WHERE number = 2;
END;
