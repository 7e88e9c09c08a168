UPDATE department SET expected = '4h', hours = 'Mon-Fri 09:00-13:00 Europe/Berlin' WHERE id = 1;
