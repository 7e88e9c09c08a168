UPDATE department SET correspondents = 'requester' WHERE id = 1;
