-- Jane leaves when the customer has written.
CREATE TRIGGER jane_leaves AFTER INSERT ON message BEGIN
    UPDATE membership SET left_at = NEW.at WHERE department_id = 1 AND operator_id = 1 AND left_at IS NULL;
END;
