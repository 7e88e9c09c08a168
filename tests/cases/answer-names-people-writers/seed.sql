UPDATE department SET correspondents = 'writers';
