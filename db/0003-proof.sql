-- SPDX-License-Identifier: BSD-2-Clause
--
-- What a verifier wrote proves an operator, too: message.proof has two words more. SQLite changes
-- no CHECK in place, so that a new column takes the old one's name.

ALTER TABLE message ADD COLUMN wider_proof TEXT
    CHECK (wider_proof IN ('login', 'network', 'local', 'dmarc', 'dkim')); -- how
UPDATE message SET wider_proof = proof WHERE proof IS NOT NULL;
ALTER TABLE message DROP COLUMN proof;
ALTER TABLE message RENAME COLUMN wider_proof TO proof;
