UPDATE department SET expected = '4h', hours = 'Mon-Fri 09:00-12:00, 13:00-17:30 Europe/Berlin' WHERE name = 'accounting';
