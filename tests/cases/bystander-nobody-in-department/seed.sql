UPDATE membership SET left_at = 1 WHERE department_id = 1;
