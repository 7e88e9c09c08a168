-- The ticket that the first mail opens is closed at once.
CREATE TRIGGER closed_at_once AFTER INSERT ON event WHEN new.kind = 'opened' BEGIN
    UPDATE ticket SET state = 'closed', closed_at = 1772442000000 WHERE number = new.ticket;
END;
