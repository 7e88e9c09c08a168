DELETE FROM membership WHERE operator_id = 3;
