UPDATE department SET closed = 'this address is no longer read; write to help@example.org';
