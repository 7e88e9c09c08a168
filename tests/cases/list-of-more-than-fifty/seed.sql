WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 62)
INSERT INTO ticket (number, department_id, state, waiting, waiting_since, requester, subject,
                    opened_at, updated_at)
SELECT n, 1, 'open', 'us', 1772445600000 - n * 3600000, 'kim@example.net', 'Request ' || n, 0, 0 FROM counter;
