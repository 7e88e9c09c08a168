UPDATE department SET spam = 'refuse';
