UPDATE department SET correspondents = 'cc';
