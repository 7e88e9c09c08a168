-- Closed after the first message.
CREATE TRIGGER later AFTER INSERT ON message BEGIN
    UPDATE department SET closed = 'this address is no longer read; write to help@example.org' WHERE name = 'support';
END;
