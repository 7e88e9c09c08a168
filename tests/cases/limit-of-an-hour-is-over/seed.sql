INSERT INTO outbox (number, kind, at, sender, message_id) VALUES
    (1, 'acknowledge', 1772441940000, '', 'notice.1@example.com'),
    (2, 'acknowledge', 1772441940000, '', 'notice.2@example.com'),
    (3, 'acknowledge', 1772441940000, '', 'notice.3@example.com'),
    (4, 'acknowledge', 1772441940000, '', 'notice.4@example.com'),
    (5, 'acknowledge', 1772441940000, '', 'notice.5@example.com');
INSERT INTO outbox_recipient (outbox, address, state, next_at, ended_at, counted_as, counted_at)
VALUES
    (1, 'kim@example.net', 'sent', 1772441940000, 1772441940000, 'kim@example.net', 1772441940000),
    (2, 'kim@example.net', 'sent', 1772441940000, 1772441940000, 'kim@example.net', 1772441940000),
    (3, 'kim@example.net', 'sent', 1772441940000, 1772441940000, 'kim@example.net', 1772441940000),
    (4, 'kim@example.net', 'sent', 1772441940000, 1772441940000, 'kim@example.net', 1772441940000),
    (5, 'kim@example.net', 'sent', 1772441940000, 1772441940000, 'kim@example.net', 1772441940000);
