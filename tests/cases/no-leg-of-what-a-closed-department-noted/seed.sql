UPDATE department SET closed = 'write to help@example.org' WHERE name = 'support';
