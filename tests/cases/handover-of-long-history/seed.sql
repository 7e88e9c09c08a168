-- A long story, with a note that was typed, and names that would do something else than be read.
INSERT INTO ticket (number, department_id, state, waiting, waiting_since, requester, requester_name,
                    subject, opened_at, updated_at) VALUES
    (1, 1, 'open', 'us', 1772352000000, 'kim@example.net', 'Kim Customer', 'Printer on fire', 1772352000000, 1772352000000);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150)
INSERT INTO message (number, ticket, kind, at, sender, author, author_name, operator_id, subject,
                     message_id, body_text, malformed, size, sha256, same_sha256, body_sha256)
    SELECT i, 1, CASE i % 2 WHEN 0 THEN 'answer' ELSE 'followup' END, 1772352000000 + i * 60000, '',
           CASE i % 2 WHEN 0 THEN 'jane@example.com' ELSE 'kim@example.net' END,
           CASE i % 2 WHEN 0 THEN 'Jane Operator' ELSE 'Kim Customer' END,
           CASE i % 2 WHEN 0 THEN 1 END, 'Printer on fire', 'm' || i || '@example.net', '', 0,
           128 * i, zeroblob(32), zeroblob(32), zeroblob(32) FROM n;
-- Lines of 64 bytes, the first of them the header.
WITH RECURSIVE p (message, piece, lines) AS (SELECT number, 0, size / 64 FROM message
    UNION ALL SELECT message, piece + 1, lines - 4096 FROM p WHERE lines > 4096),
  line (text) AS (SELECT replace(hex(zeroblob(31)), '00', 'xx') || char(13, 10)),
  head (text) AS (SELECT 'Subject: Printer on fire' || char(13, 10) || 'X: ' ||
                         substr(text, 1, 31) || char(13, 10, 13, 10) FROM line)
INSERT INTO message_piece (message, piece, bytes)
    SELECT message, piece, CAST(CASE piece WHEN 0 THEN head.text ELSE line.text END ||
        replace(hex(zeroblob(min(lines, 4096) - 1)), '00', line.text) AS BLOB) FROM p, line, head;
UPDATE message SET author_name = 'Kim' || char(13, 10) || 'Customer' || char(0x202e) || 'x'
    WHERE number = 1;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
INSERT INTO event (at, kind, ticket, actor, detail)
    SELECT 1772352000000 + i * 60000, CASE i % 3 WHEN 0 THEN 'closed' WHEN 1 THEN 'reopened' ELSE 'correspondent' END, 1,
           'jane@home.example', CASE i % 3 WHEN 2 THEN 'c' || i || '@example.net' END FROM n;
INSERT INTO event (at, kind, ticket, actor, detail) VALUES
    (1772352000000 + 3600000 * 5, 'note', 1, 'root (joe)',
     'He called.' || char(10) || 'It ' || char(27) || '[31mburns.' || char(10) || char(10) || 'From him.'),
    (1772352000000 + 3600000 * 5, 'unheard-of', 1, NULL, 'something');
INSERT INTO attachment (message, position, name, type, size) VALUES
    (149, 0, 'fire' || char(10) || '.jpg', 'image/jpeg', 123456), (149, 1, NULL, 'text/csv', 7);
