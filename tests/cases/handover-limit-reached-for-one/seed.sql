INSERT INTO outbox (number, kind, at, sender, message_id) VALUES
    (1, 'handover', 1772442060000, '', 'notice.1@example.com'),
    (2, 'handover', 1772442060000, '', 'notice.2@example.com'),
    (3, 'handover', 1772442060000, '', 'notice.3@example.com'),
    (4, 'handover', 1772442060000, '', 'notice.4@example.com'),
    (5, 'handover', 1772442060000, '', 'notice.5@example.com');
INSERT INTO outbox_recipient (outbox, address, state, next_at, ended_at, counted_as, counted_at)
VALUES
    (1, 'joe@example.com', 'sent', 1772442060000, 1772442060000, 'joe@example.com', 1772442060000),
    (2, 'joe@example.com', 'sent', 1772442060000, 1772442060000, 'joe@example.com', 1772442060000),
    (3, 'joe@example.com', 'sent', 1772442060000, 1772442060000, 'joe@example.com', 1772442060000),
    (4, 'joe@example.com', 'sent', 1772442060000, 1772442060000, 'joe@example.com', 1772442060000),
    (5, 'joe@example.com', 'sent', 1772442060000, 1772442060000, 'joe@example.com', 1772442060000);
