UPDATE membership SET left_at = 1 WHERE operator_id = 2;
