UPDATE department SET spam = 'refuse' WHERE name = 'support';
