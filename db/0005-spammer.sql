-- SPDX-License-Identifier: BSD-2-Clause
--
-- Each message asks whether its author's mail was called spam, and some authors have thousands of
-- tickets.

CREATE INDEX ticket_spammer ON ticket (requester) WHERE is_spam = 1;
