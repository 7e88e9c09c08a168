UPDATE department SET assign = 'no' WHERE id = 1;
