UPDATE department SET follow_up = 'assignee' WHERE id = 1;
