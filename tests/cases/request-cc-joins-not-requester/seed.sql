UPDATE department SET correspondents = 'requester';
