-- A typed command caused a notice about ticket 1: it is of no message.
INSERT INTO ticket (number, department_id, state, waiting, waiting_since, requester, requester_name,
                    subject, opened_at, updated_at) VALUES
    (1, 1, 'open', 'us', 1772442000000, 'kim@example.net', 'Kim Customer', 'Printer on fire',
     1772442000000, 1772442000000);
INSERT INTO outbox (number, kind, ticket, message, at, sender, message_id) VALUES
    (1, 'handover', 1, NULL, 1772442060000, '', 'n1@mail.example.com');
