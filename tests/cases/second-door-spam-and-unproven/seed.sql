UPDATE department SET spam = 'log';
